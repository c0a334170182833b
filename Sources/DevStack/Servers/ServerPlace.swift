// The place of a private server.

/// The directory and the port of a private server, and how long it may take to start.
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
