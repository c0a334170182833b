// The settings of a client: where Redis is, who the client is, and the client's limits. RedisURL reads the first two.

public import Textbook

/// The settings of a `RedisClient`.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    public enum Address: Hashable, Sendable, CustomStringConvertible {
        case tcp(host: String, port: Int)
        case unix(path: String)

        /// `host:port`, an IPv6 address in brackets, or the path.
        public var description: String {
            switch self {
            case .tcp(let host, let port): (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
            case .unix(let path): path
            }
        }
    }

    /// How the client finds its server.
    public enum Location: Hashable, Sendable {
        case server(Address)
        /// The sentinels say before each connection which server is the master of the service.
        case sentinels([Address], service: String, credentials: Credentials?)
        /// A cluster, by some of its nodes.
        case cluster([Address])
    }

    /// A user, and what proves it.
    public struct Credentials: Hashable, Sendable {
        /// Nil for Redis's default user.
        public var user: String?
        /// Never printed. Empty for a user that needs none.
        public var password: String

        public init(user: String? = nil, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// The files of TLS, in PEM.
    public struct TLSFiles: Hashable, Sendable {
        /// The authorities that the server's certificate may come from; nil for those of the system.
        public var authorities: String?
        /// The client's certificate, and others up to its authority.
        public var certificate: String?
        /// The key of the client's certificate; nil if it is in the same file.
        public var key: String?

        public init() {}
    }

    public var location: Location
    public var credentials: Credentials?
    /// Nil for connections without TLS. TLS protects those to the sentinels too.
    public var tls: TLSFiles?
    /// The database to select; 0 is Redis's own default and needs no command.
    public var database = 0
    /// What a server must let the client do; nil for nothing.
    public var proof: RedisProof?

    public var connectTimeout: Duration = .seconds(1)
    /// How long to wait for a sentinel, or for what a node of a cluster tells of it.
    public var inquiryTimeout: Duration = .milliseconds(500)
    /// How often to ask the sentinels whether the server is still the master: one that was demoted may learn it late.
    public var sentinelInterval: Duration = .milliseconds(500)
    /// How long a call without its own timeout may take.
    public var commandTimeout: Duration = .milliseconds(500)
    /// How long past its deadline the oldest command may wait before its connection counts as stuck and is closed.
    public var overdueLimit: Duration = .seconds(1)
    /// The most commands of one connection that wait for replies; more are refused with `queueFull`.
    public var maxQueuedCommands = 4_096
    /// The pauses between attempts to connect. A server that comes back is noticed within the longest pause.
    public var backoff = Backoff.Bounds(minimum: .milliseconds(10), maximum: .milliseconds(100))

    public init(_ location: Location) {
        self.location = location
    }

    /// The place, the database, and whether there is a password, but not the password.
    public var description: String {
        let user = credentials.map { $0.password.isEmpty ? "\($0.user ?? "")@" : "\($0.user ?? ""):***@" } ?? ""
        let scheme = tls == nil ? "redis" : "rediss"
        return switch location {
        case .server(.unix(let path)): "unix://\(user)\(path)" + (database == 0 ? "" : "?db=\(database)")
        case .server(let address): "\(scheme)://\(user)\(address)/\(database)"
        case .sentinels(let sentinels, let service, _):
            "\(scheme)+sentinel://\(user)\(sentinels.map(\.description).joined(separator: ","))/\(service)/\(database)"
        case .cluster(let seeds): "\(scheme)-cluster://\(user)\(seeds.map(\.description).joined(separator: ","))"
        }
    }
}
