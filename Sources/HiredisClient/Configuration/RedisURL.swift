// Reads the URLs in which people write where Redis is. Errors are sentences.

internal import Textbook

extension RedisConfiguration {
    /// Reads one of these, with credentials as `user:password@`, `:password@` or, for a user without a password,
    /// `user@`:
    ///
    /// - `redis://host[:port][/database]`, and `rediss://` with TLS
    /// - `unix:///path` or `redis+unix:///path`
    /// - `redis+sentinel://host[:port],host[:port]/service[/database]`, also spelt `redis-sentinel`, and `rediss…` with
    ///   TLS. The credentials are for Redis.
    /// - `redis-cluster://host[:port],host[:port]`, also spelt `redis+cluster`, and `rediss…` with TLS: a cluster, by
    ///   some of its nodes
    ///
    /// Parts may be percent-encoded; a host that is an IPv6 address stands in brackets. Parameters after `?` are `db`,
    /// `username`, `password`; `sentinel_username` and `sentinel_password`; and with TLS `ssl_ca_certs`, `ssl_certfile`
    /// and `ssl_keyfile`, files in PEM.
    ///
    /// - Throws: `RedisError` with the code `configuration` and a sentence that repeats no secret.
    public init(url: String) throws(RedisError) {
        let parts = try RedisURL(url)
        let location: Location
        var database = parts.parameters["db"].map { Substring($0) }
        switch parts.kind {
        case .server:
            let path = parts.place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            location = .server(try RedisURL.address(path[0], standardPort: 6_379))
            if database == nil, path.count == 2, !path[1].isEmpty { database = path[1] }
        case .socket:
            guard let path = RedisURL.decoded(parts.place), path.hasPrefix("/"), path.utf8.count <= 107 else {
                throw RedisURL.problem("needs an absolute socket path of at most 107 bytes after unix://")
            }
            location = .server(.unix(path: path))
        case .sentinels:
            let path = parts.place.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard path.count > 1, let service = RedisURL.decoded(path[1]), !service.isEmpty else {
                throw RedisURL.problem("names no service: write redis+sentinel://host:port,host:port/service")
            }
            let sentinels = try RedisURL.addresses(path[0], standardPort: 26_379)
            location = .sentinels(sentinels, service: service, credentials: parts.credentials(of: "sentinel_"))
            if database == nil, path.count == 3, !path[2].isEmpty { database = path[2] }
        case .cluster:
            let path = parts.place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            location = .cluster(try RedisURL.addresses(path[0], standardPort: 6_379))
            if database == nil, path.count == 2, !path[1].isEmpty { database = path[1] }
        }
        self.init(location)
        if let database {
            guard let number = Int(database), (0...65_535).contains(number) else {
                throw RedisURL.problem("names a database that is not a number")
            }
            if case .cluster = location, number != 0 {
                throw RedisURL.problem("names database \(number), but a cluster has only database 0")
            }
            self.database = number
        }
        credentials = try parts.userInfo ?? parts.credentials(of: "")
        tls = try parts.tlsFiles
    }
}

/// The parts of a URL.
private struct RedisURL {
    enum Kind {
        case server
        case socket
        case sentinels
        case cluster
    }

    let kind: Kind
    let isSecure: Bool
    /// What is before `@`.
    let authority: Substring?
    /// What follows, without the parameters.
    let place: Substring
    let parameters: [String: String]

    private static let schemes: [Substring: (Kind, isSecure: Bool)] = [
        "redis": (.server, false), "rediss": (.server, true),
        "unix": (.socket, false), "redis+unix": (.socket, false),
        "redis+sentinel": (.sentinels, false), "rediss+sentinel": (.sentinels, true),
        "redis-sentinel": (.sentinels, false), "rediss-sentinel": (.sentinels, true),
        "redis-cluster": (.cluster, false), "rediss-cluster": (.cluster, true),
        "redis+cluster": (.cluster, false), "rediss+cluster": (.cluster, true),
    ]
    private static let tlsNames: Set = ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile"]
    private static let names: Set = ["db", "username", "password", "sentinel_username", "sentinel_password"]

    init(_ url: String) throws(RedisError) {
        guard let separator = url.firstRange(of: "://") else {
            throw Self.problem("has no scheme: write redis://host:port/database or unix:///path")
        }
        guard let (kind, isSecure) = Self.schemes[url[..<separator.lowerBound]] else {
            throw Self.problem(
                "has an unknown scheme: write redis://, rediss://, unix://, redis+sentinel:// or redis-cluster://")
        }
        (self.kind, self.isSecure) = (kind, isSecure)
        let parts = url[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let at = parts[0].lastIndex(of: "@")
        authority = at.map { parts[0][..<$0] }
        place = at.map { parts[0][parts[0].index(after: $0)...] } ?? parts[0]
        var parameters: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            guard Self.names.contains(name) || Self.tlsNames.contains(name) else {
                let known = Self.names.union(Self.tlsNames).sorted().joined(separator: ", ")
                throw Self.problem("has a parameter that is none of \(known)")
            }
            guard sides.count == 2, let value = Self.decoded(sides[1]) else {
                throw Self.problem("has no value for \(name)")
            }
            parameters[name] = value
        }
        self.parameters = parameters
    }

    /// The credentials before `@`; nil if there are none.
    var userInfo: RedisConfiguration.Credentials? {
        get throws(RedisError) {
            guard let authority, authority != "", authority != ":" else { return nil }
            let sides = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = Self.decoded(sides[0]), let password = Self.decoded(sides.count > 1 ? sides[1] : "")
            else { throw Self.problem("has credentials that are not user:password, percent-encoded") }
            return .init(user: user.isEmpty ? nil : user, password: password)
        }
    }

    /// The credentials among the parameters; nil if there are none.
    func credentials(of prefix: String) -> RedisConfiguration.Credentials? {
        let (user, password) = (parameters[prefix + "username"], parameters[prefix + "password"])
        return user == nil && password == nil ? nil : .init(user: user, password: password ?? "")
    }

    var tlsFiles: RedisConfiguration.TLSFiles? {
        get throws(RedisError) {
            guard isSecure else {
                guard Self.tlsNames.isDisjoint(with: parameters.keys) else {
                    throw Self.problem("has parameters of TLS, but its scheme asks for none: write rediss://")
                }
                return nil
            }
            var files = RedisConfiguration.TLSFiles()
            files.authorities = parameters["ssl_ca_certs"]
            files.certificate = parameters["ssl_certfile"]
            files.key = parameters["ssl_keyfile"]
            guard files.key == nil || files.certificate != nil else {
                throw Self.problem("names ssl_keyfile, but no ssl_certfile that the key belongs to")
            }
            return files
        }
    }

    /// Reads addresses with commas between.
    static func addresses(
        _ text: Substring, standardPort: Int
    ) throws(RedisError) -> [RedisConfiguration.Address] {
        var addresses: [RedisConfiguration.Address] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            addresses.append(try address(part, standardPort: standardPort))
        }
        return addresses
    }

    static func address(
        _ text: Substring, standardPort: Int
    ) throws(RedisError) -> RedisConfiguration.Address {
        guard let server = HostPort(text, defaultPort: standardPort) else {
            throw problem("names no host, or no port from 1 to 65535: write host, host:port or [address]:port")
        }
        return .tcp(host: server.host, port: server.port)
    }

    static func decoded(_ text: Substring) -> String? {
        [UInt8](percentDecoding: text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func problem(_ text: String) -> RedisError {
        RedisError(.configuration, "the Redis URL \(text)")
    }
}
