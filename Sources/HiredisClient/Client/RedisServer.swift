// What a server says about itself when a connection opens.

/// A server to which there is a connection.
public struct RedisServer: Hashable, Sendable, CustomStringConvertible {
    /// The oldest version that can be used: its predecessor cannot search a part of a bitmap by bits.
    static let oldestVersion = 7

    public let address: RedisConfiguration.Address
    /// The server's name for its run: 40 hexadecimal digits that change with every restart.
    public let runID: String
    /// The program and its version.
    public let program: String
    /// What it does when its memory is full.
    public let evictionPolicy: String

    /// Whether it drops keys when its memory is full.
    public var evictsKeys: Bool { evictionPolicy != "noeviction" }

    public var description: String { "\(program) at \(address)" }

    /// Reads the reply to INFO.
    ///
    /// - Parameter isNode: whether it should be a node of a cluster.
    /// - Throws: `RedisError` if the server is no master, too old, or no such server at all.
    init(info: String, at address: RedisConfiguration.Address, isNode: Bool) throws(RedisError) {
        let fields = infoFields(info)
        // Valkey has a name of its own for it.
        let mode = fields["redis_mode"] ?? fields["server_mode"]
        if mode == "sentinel" {
            throw RedisError(
                .configuration, "\(address) is a sentinel: write redis+sentinel://host:port,host:port/service")
        }
        guard (mode == "cluster") == isNode else {
            throw isNode
                ? RedisError(.connectionFailed, "\(address) is no node of a cluster any more")
                : RedisError(
                    .configuration,
                    "\(address) is a node of a cluster: write redis-cluster://host:port,host:port for all of it")
        }
        guard fields["role"] != "slave" else {
            throw RedisError(.connectionFailed, "\(address) is a replica and cannot write")
        }
        guard let runID = fields["run_id"], let version = fields["redis_version"] else {
            throw RedisError(.connectionFailed, "\(address) does not say its run_id and its version")
        }
        if let major = version.split(separator: ".").first.flatMap({ Int($0) }), major < Self.oldestVersion {
            throw RedisError(.configuration, "Redis \(version) is too old: \(Self.oldestVersion).0 or newer is needed")
        }
        self.address = address
        self.runID = runID
        program = fields["valkey_version"].map { "Valkey \($0)" } ?? "Redis \(version)"
        // A server that does not say it has nothing to warn of.
        evictionPolicy = fields["maxmemory_policy"] ?? "noeviction"
    }
}
