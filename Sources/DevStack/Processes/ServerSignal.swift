// The signals that a private server may be sent, by the names that `kill -s` knows.

/// A signal to a private server; tests of faults send most of them.
public enum ServerSignal: String, CaseIterable, Sendable {
    /// Postgres: fast shutdown, open transactions are rolled back, the next start needs no recovery.
    case interrupt = "INT"
    /// Postgres: immediate shutdown, the next start recovers from the write-ahead log.
    case quit = "QUIT"
    /// Redis and Prometheus: orderly shutdown.
    case terminate = "TERM"
    /// The crash that no program can prepare for.
    case kill = "KILL"
    /// Freezes the process: its sockets stay open and nobody answers.
    case stop = "STOP"
    /// Lets a frozen process go on.
    case resume = "CONT"
}
