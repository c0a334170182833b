// Which registry a deployment has, as its setting says.

internal import Textbook

/// `off`, `ledger`, the path of a file, or `etcd://10.0.0.5:2379,10.0.0.6:2379/flashsale`.
public enum RegistryAddress: Sendable, Equatable, CustomStringConvertible {
    /// An instance knows itself alone.
    case off
    /// Tables of the ledger.
    case ledger
    /// A JSON file.
    case file(String)
    /// The gateway of an etcd without TLS, and what keys begin with.
    case etcd(servers: [ServiceAddress], prefix: String)

    /// Nil for a text of another form. A path has a slash, so that a slip is no file, and a URL has no user: what etcd
    /// holds is for everyone who reaches it.
    public init?(_ text: String) {
        switch text {
        case "off": self = .off
        case "ledger": self = .ledger
        case _ where text.hasPrefix("etcd://"):
            let rest = text.dropFirst("etcd://".count)
            let names = rest.prefix { $0 != "/" }
            let prefix = rest.dropFirst(names.count + 1).drop { $0 == "/" }.split(separator: "/").joined(separator: "/")
            let servers = names.split(separator: ",", omittingEmptySubsequences: false).map { name in
                let hasPort = name.hasSuffix("]") ? false : name.contains(":")
                return ServiceAddress("http://\(name)" + (hasPort ? "" : ":2379"))
            }
            let known = servers.compactMap(\.self)
            guard known.count == servers.count, known.count <= Self.serversMax,
                prefix.isEmpty || prefix.replacing("/", with: ".").isIdentifier(lengthMax: 128)
            else { return nil }
            self = .etcd(servers: known, prefix: prefix.isEmpty ? "flashsale" : prefix)
        case _ where text.contains("/") && !text.contains("://"): self = .file(text)
        default: return nil
        }
    }

    private static let serversMax = 9

    /// Its kind, for people.
    public var kind: String {
        switch self {
        case .off: "off"
        case .ledger: "ledger"
        case .file: "file"
        case .etcd: "etcd"
        }
    }

    public var description: String {
        switch self {
        case .off, .ledger: kind
        case .file(let path): path
        case .etcd(let servers, let prefix):
            "etcd://\(servers.map(\.authority).joined(separator: ","))/\(prefix)"
        }
    }
}
