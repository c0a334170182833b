// What the private servers of every kind share: their port, their process, their faults and their end.

import Glibc

/// A private server on loopback. It ends with this process, also by `kill -9`, and when the last reference to it is
/// dropped.
public protocol PrivateServer: Sendable {
    var process: ServerProcess { get }
}

extension PrivateServer {
    public var port: Int { process.port.number }

    /// The server's process id.
    public var processID: Int32? { process.id }

    /// Sends the server a signal, as a fault would.
    public func kill(_ signal: ServerSignal) {
        process.kill(signal)
    }

    /// Starts it again on its port, after a signal has ended it.
    public func restart() async throws {
        try await process.restart()
    }

    /// Ends it in order and returns when its last process has gone; an ephemeral directory has gone too.
    public func stop() async {
        await process.stop()
    }

    /// Every process that belongs to it, for tests that wait for their end.
    var processIDs: [pid_t] { process.allIDs }
    var directory: ServerDirectory { process.directory }
}
