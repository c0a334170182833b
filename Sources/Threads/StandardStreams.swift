// The three files that every program is given, unless whoever starts it closes them.

internal import Glibc

/// Standard input, standard output and standard error.
public enum StandardStreams {
    /// Those that were closed when the process began. They are open now: else the next file would take their place, and
    /// the log would be written into a connection, or results into a journal. Whatever is written to standard output
    /// still fails.
    ///
    /// To be read first of all, and not in an async entry: its runtime opens files of its own before its first line.
    public static let closed: [Int32] = {
        let closed = (STDIN_FILENO...STDERR_FILENO).filter { fcntl($0, F_GETFD) == -1 }
        // Each takes the lowest number that is free.
        for stream in closed { _ = open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR) }
        return closed
    }()
}
