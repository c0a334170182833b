// Where people watch a run: standard error, a terminal or not. Standard output has only results.

import Foundation
import Glibc

/// Texts for people. They are left out rather than waited for: a reader that stalls must not stall the run.
enum StandardError {
    /// Whether lines can be drawn again.
    static let isTerminal =
        isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "")

    /// The terminal's size, which its user may change at any moment.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
        return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Writes a text, if it can be written at once.
    ///
    /// - Returns: whether it was.
    @discardableResult
    static func write(_ text: String) -> Bool {
        var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return false }
        // A pipe that is ready takes PIPE_BUF bytes at least, which no text here has.
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) } == bytes.count
    }
}
