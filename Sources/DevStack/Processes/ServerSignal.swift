// The signals for a private server, by the names that `kill -s` knows.

/// A signal to a private server; tests of faults send most of them.
public enum ServerSignal: String, CaseIterable, Sendable {
    /// Postgres: fast shutdown, open transactions are rolled back, the next start needs no recovery.
    case interrupt = "INT"
    /// Postgres: immediate shutdown, the next start recovers from the write-ahead log.
    case quit = "QUIT"
    /// Redis and Prometheus: orderly shutdown.
    case terminate = "TERM"
    /// The end of a terminal: what was started from it ends.
    case hangup = "HUP"
    /// A crash that no program can handle.
    case kill = "KILL"
    /// Freezes the process: its sockets stay open, and it answers nothing.
    case stop = "STOP"
    /// Resumes a frozen process.
    case resume = "CONT"
}
