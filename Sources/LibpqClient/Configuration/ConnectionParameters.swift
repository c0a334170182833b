// Turns a connection URL into the parameters of `PQconnectStartParams`. Host names become addresses beforehand, since
// libpq would resolve them on the thread that calls it.

internal import CLibpq
internal import Glibc

/// libpq's connection keywords and their values. Holds a password: never printed.
struct ConnectionParameters: Sendable {
    private var values: [String: String]

    /// Reads a URL (or a conninfo string) and adds what the configuration says.
    init(_ configuration: PostgresClientConfiguration, at site: CallSite) throws(PostgresError) {
        if let problem = configuration.problems.first { throw PostgresError(.configuration, problem, at: site) }
        values = try Self.parse(configuration.url, at: site)
        if values["application_name"] == nil { values["application_name"] = configuration.applicationName }
        // Statements and results are UTF-8, whatever the environment says.
        values["client_encoding"] = "UTF8"
    }

    private init(_ values: [String: String]) {
        self.values = values
    }

    private static func parse(_ url: String, at site: CallSite) throws(PostgresError) -> [String: String] {
        var complaint: UnsafeMutablePointer<CChar>?
        guard !url.isEmpty, !url.utf8.contains(0), let options = PQconninfoParse(url, &complaint) else {
            let reason = complaint.map { withoutQuotations(String(cString: $0)) } ?? "it is empty or holds U+0000"
            PQfreemem(complaint)
            throw PostgresError(.configuration, "the database URL cannot be read: \(reason)", at: site)
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// libpq quotes what it could not read, which may be a password.
    static func withoutQuotations(_ complaint: String) -> String {
        let pieces = complaint.split(separator: "\"", omittingEmptySubsequences: false)
        let kept = pieces.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "…" }.joined(
            separator: "\"")
        return kept.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The host names that libpq would have to look up, with duplicates.
    private var hosts: [String] {
        if let addresses = values["hostaddr"], !addresses.isEmpty { return [] }
        let named = values["host"] ?? getenv("PGHOST").map { String(cString: $0) } ?? ""
        return named.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// True if a host must be resolved before libpq may have the parameters.
    var needsResolution: Bool {
        hosts.contains { !$0.isEmpty && !$0.hasPrefix("/") && !$0.hasPrefix("@") && !Self.isAddress($0) }
    }

    /// Looks up every host, and blocks meanwhile. A host with several addresses becomes several hosts, tried in order.
    func resolved() -> Result<ConnectionParameters, LookupFailure> {
        let ports = (values["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var names: [String] = []
        var addresses: [String] = []
        var portOfEach: [String] = []
        var failure: LookupFailure?
        for (index, host) in hosts.enumerated() {
            let isSocket = host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@")
            let found = isSocket ? .success([""]) : Self.lookUp(host)
            switch found {
            case .failure(let error): failure = error
            case .success(let list):
                for address in list {
                    names.append(host)
                    addresses.append(address)
                    portOfEach.append(ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : "")
                }
            }
        }
        if names.isEmpty, let failure { return .failure(failure) }
        var resolved = values
        resolved["host"] = names.joined(separator: ",")
        resolved["hostaddr"] = addresses.joined(separator: ",")
        if values["port"] != nil { resolved["port"] = portOfEach.joined(separator: ",") }
        return .success(ConnectionParameters(resolved))
    }

    struct LookupFailure: Error {
        let sentence: String
    }

    private static func isAddress(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    private static func lookUp(_ host: String) -> Result<[String], LookupFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            return .failure(
                LookupFailure(sentence: "the host \(host) has no address: \(String(cString: gai_strerror(status)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                addresses.append(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
            }
            next = entry.ai_next
        }
        return .success(addresses)
    }

    /// Begins to connect; nil only if memory is out.
    func startConnecting() -> OpaquePointer? {
        let pairs = values.sorted { $0.key < $1.key }
        let strings = pairs.map { (strdup($0.key), strdup($0.value)) }
        defer {
            for (key, value) in strings {
                free(key)
                free(value)
            }
        }
        let keywords = strings.map { UnsafePointer($0.0) } + [nil]
        let texts = strings.map { UnsafePointer($0.1) } + [nil]
        return PQconnectStartParams(keywords, texts, 0)
    }
}
