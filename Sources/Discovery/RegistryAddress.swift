// Which registry a deployment has, as its setting says.

public import Textbook

/// `off`, `ledger`, the path of a file, `etcd://10.0.0.5:2379,10.0.0.6:2379/flashsale`, or the same of `zookeeper`.
public enum RegistryAddress: Sendable, Equatable, CustomStringConvertible {
    /// An instance knows itself alone.
    case off
    /// Tables of the ledger.
    case ledger
    /// A JSON file.
    case file(String)
    /// The gateway of an etcd without TLS, and what keys begin with.
    case etcd(servers: [HostPort], prefix: String)
    /// A ZooKeeper without TLS, and what paths begin with.
    case zooKeeper(servers: [HostPort], prefix: String)

    /// Nil for a text of another form. A path has a slash, so that a slip is no file, and a URL has no user: what
    /// such a server holds is for everyone who reaches it.
    public init?(_ text: String) {
        switch text {
        case "off": self = .off
        case "ledger": self = .ledger
        case _ where text.hasPrefix("etcd://"):
            guard let place = Self.place(text.dropFirst("etcd://".count), port: 2_379) else { return nil }
            self = .etcd(servers: place.servers, prefix: place.prefix)
        case _ where text.hasPrefix("zookeeper://"):
            guard let place = Self.place(text.dropFirst("zookeeper://".count), port: 2_181) else { return nil }
            self = .zooKeeper(servers: place.servers, prefix: place.prefix)
        case _ where text.contains("/") && !text.contains("://"): self = .file(text)
        default: return nil
        }
    }

    private static let serversMax = 9

    /// Reads `10.0.0.5,10.0.0.6:2379/flashsale`.
    private static func place(_ text: Substring, port: Int) -> (servers: [HostPort], prefix: String)? {
        let names = text.prefix { $0 != "/" }
        let prefix = text.dropFirst(names.count + 1).split(separator: "/").joined(separator: "/")
        let parts = names.split(separator: ",", omittingEmptySubsequences: false)
        let servers = parts.compactMap { HostPort($0, defaultPort: port) }
        guard servers.count == parts.count, servers.count <= serversMax,
            prefix.isEmpty || prefix.replacing("/", with: ".").isIdentifier(lengthMax: 128)
        else { return nil }
        return (servers, prefix.isEmpty ? "flashsale" : prefix)
    }

    /// Its kind, for people.
    public var kind: String {
        switch self {
        case .off: "off"
        case .ledger: "ledger"
        case .file: "file"
        case .etcd: "etcd"
        case .zooKeeper: "zookeeper"
        }
    }

    public var description: String {
        switch self {
        case .off, .ledger: kind
        case .file(let path): path
        case .etcd(let servers, let prefix), .zooKeeper(let servers, let prefix):
            "\(kind)://\(servers.map(\.description).joined(separator: ","))/\(prefix)"
        }
    }
}
