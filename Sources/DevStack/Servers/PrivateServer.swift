// What the private servers of every kind share: where they live, how they are faulted, and how they end.

import Glibc

/// A server of our own on loopback. It ends with this process, also by `kill -9`, and when the last reference to it is
/// dropped.
public protocol PrivateServer: Sendable {
    var process: ServerProcess { get }
}

/// Where a private server lives, and how long it may take to start.
public struct ServerPlace: Sendable {
    /// Its directory; nil for an ephemeral one that is removed in the end.
    public var directory: String?
    /// Drops what the directory holds from earlier runs.
    public var fresh = false
    /// The port; nil for any free one.
    public var port: Int?
    /// How long it may take from start to the first answer, recovery and loading included.
    public var readyWithin = Duration.seconds(60)

    public init() {}

    /// Makes or opens the directory, takes its lock, and empties it if it is to be fresh.
    func open(name: String) async throws -> (directory: ServerDirectory, lock: DirectoryLock) {
        let directory = try ServerDirectory(self.directory, name: name)
        let lock = try await directory.lock()
        if fresh { try directory.empty() }
        return (directory, lock)
    }
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
