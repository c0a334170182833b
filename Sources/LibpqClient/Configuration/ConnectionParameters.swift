// Turns a connection URL into the parameters of `PQconnectStartParams`.

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
        let attributes = expanded()["target_session_attrs"] ?? "any"
        guard !configuration.acceptsReadOnly else { return }
        guard ["any", "read-write", "primary"].contains(attributes) else {
            let sentence = "target_session_attrs must be read-write, not \(attributes): the client has to write"
            throw PostgresError(.configuration, sentence, at: site)
        }
        // A session's set-up sees to it, and says why.
        values["target_session_attrs"] = "any"
    }

    private static func parse(_ url: String, at site: CallSite) throws(PostgresError) -> [String: String] {
        var complaint: UnsafeMutablePointer<CChar>?
        guard !hasForeignScheme(url) else {
            throw PostgresError(.configuration, "the database URL must begin with postgres://", at: site)
        }
        guard !url.isEmpty, !url.utf8.contains(0), let options = PQconninfoParse(url, &complaint) else {
            let reason = complaint.map { withoutQuotations(String(cString: $0)) } ?? "it is empty or holds U+0000"
            PQfreemem(complaint)
            throw PostgresError(.configuration, "the database URL cannot be read: \(reason)", at: site)
        }
        defer { PQconninfoFree(options) }
        let values = values(of: options)
        // libpq ends a password at its first @. Whatever named the host would show the rest of the password.
        guard values["host"]?.split(separator: ",").contains(where: { $0.dropFirst().contains("@") }) != true else {
            let sentence = "the database URL cannot be read: its host has an @; write one of the password as %40"
            throw PostgresError(.configuration, sentence, at: site)
        }
        return values
    }

    /// Whether it is a URL of something else, or has a sign before its scheme. Keywords and values may have one in
    /// them.
    private static func hasForeignScheme(_ url: String) -> Bool {
        guard let colon = url.firstRange(of: "://") else { return false }
        let scheme = url[..<colon.lowerBound]
        return !scheme.contains { $0.isWhitespace || $0 == "=" } && !["postgres", "postgresql"].contains(scheme)
    }

    private static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
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

    /// What libpq makes of the parameters together with its `PG…` variables and a service file, read anew.
    ///
    /// libpq tells that only of a connection. So one is begun with a parameter that it refuses before it has asked any
    /// server. The result is empty if the service is unknown; libpq says so when it connects.
    func expanded() -> [String: String] {
        var refused = self
        refused["channel_binding"] = "refused"
        let connection = refused.startConnecting()
        defer { PQfinish(connection) }
        guard let options = PQconninfo(connection) else { return [:] }
        defer { PQconninfoFree(options) }
        return Self.values(of: options)
    }

    subscript(keyword: String) -> String? {
        get { values[keyword] }
        set { values[keyword] = newValue }
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
