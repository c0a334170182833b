// The settings of a client: the address of Redis, the credentials, and the client's limits. They are parsed whole, and
// errors are sentences.

public import Textbook

/// The settings of a `RedisClient`.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    public enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var address: Address
    public var user: String?
    /// Never printed.
    public var password: String?
    /// The database to select; 0 is Redis's own default and needs no command.
    public var database = 0

    public var connectTimeout: Duration = .seconds(1)
    /// How long a call without its own timeout may take.
    public var commandTimeout: Duration = .milliseconds(500)
    /// How long past its deadline the oldest command may wait before its connection counts as stuck and is closed.
    public var overdueLimit: Duration = .seconds(1)
    /// The most commands of one connection that wait for replies; more are refused with `queueFull`.
    public var maxQueuedCommands = 4_096
    /// The pauses between attempts to connect. A server that comes back is noticed within the longest pause.
    public var backoff = Backoff.Bounds(minimum: .milliseconds(10), maximum: .milliseconds(100))

    public init(address: Address) {
        self.address = address
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]` or `unix://[[user]:password@]/path`. User and password
    /// may be percent-encoded; a host that is an IPv6 address stands in brackets.
    ///
    /// - Throws: `RedisError` with the code `configuration` and a sentence that does not repeat the password.
    public init(url: String) throws(RedisError) {
        guard let separator = url.firstRange(of: "://") else {
            throw Self.problem("has no scheme: write redis://host:port/database or unix:///path")
        }
        let scheme = url[..<separator.lowerBound]
        var rest = url[separator.upperBound...]
        var credentials: Substring?
        if let at = rest.lastIndex(of: "@") {
            credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        switch scheme {
        case "redis":
            let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            self.init(address: try Self.tcpAddress(parts[0]))
            if parts.count == 2, !parts[1].isEmpty {
                guard let database = Int(parts[1]), (0...65_535).contains(database) else {
                    throw Self.problem("names a database that is not a number")
                }
                self.database = database
            }
        case "unix":
            guard rest.hasPrefix("/"), rest.utf8.count <= 107 else {
                throw Self.problem("needs an absolute socket path of at most 107 bytes after unix://")
            }
            self.init(address: .unix(path: String(rest)))
        case "rediss":
            throw Self.problem("asks for TLS (rediss), which is not supported: use redis:// through a TLS tunnel")
        default:
            throw Self.problem("has an unknown scheme: write redis:// or unix://")
        }
        if let credentials { try setCredentials(credentials) }
    }

    /// The address, the database, and whether there is a password, but not the password.
    public var description: String {
        let credentials = password == nil ? "" : "\(user ?? ""):***@"
        switch address {
        case .tcp(let host, let port):
            let host = host.contains(":") ? "[\(host)]" : host
            return "redis://\(credentials)\(host):\(port)/\(database)"
        case .unix(let path):
            return "unix://\(credentials)\(path)"
        }
    }

    private mutating func setCredentials(_ text: Substring) throws(RedisError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let user = Self.percentDecoded(parts[0]), let password = Self.percentDecoded(parts[1])
        else { throw Self.problem("has credentials that are not user:password, percent-encoded") }
        self.user = user.isEmpty ? nil : user
        self.password = password.isEmpty ? nil : password
    }

    private static func tcpAddress(_ text: Substring) throws(RedisError) -> Address {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw problem("has text after the host's bracket") }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw problem("names no host") }
        guard let port else { return .tcp(host: String(host), port: 6_379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw problem("names a port that is not a number from 1 to 65535")
        }
        return .tcp(host: String(host), port: number)
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        [UInt8](percentDecoding: text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func problem(_ text: String) -> RedisError {
        RedisError(.configuration, "the Redis URL \(text)")
    }
}
