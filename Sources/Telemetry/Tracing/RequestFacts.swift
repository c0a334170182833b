// What the span of a request says beyond numbers. It is put together for traces that are exported, and for no others.

/// What a request was, without what is a secret in it.
public struct RequestFacts: Sendable {
    public var requestID: String
    /// The route's template; empty if the path is none of ours. It stands for the path too, which may hold a code.
    public var route: String
    /// As it came; only its redacted form is shown.
    public var query: Substring
    public var protocolVersion: String
    public var userAgent: String?
    public var client: (host: String, port: Int)?
    public var server: (host: String, port: Int)?
    public var baggage = Baggage.none

    public init(requestID: String, route: String, query: Substring, protocolVersion: String) {
        self.requestID = requestID
        self.route = route
        self.query = query
        self.protocolVersion = protocolVersion
    }

    /// The parameters that a query may name without giving anything away.
    private static let parameterNames = ["user_id", "id", "code", "limit", "cursor"]

    /// The query with every value replaced and every parameter left out that is none of ours: what a client writes in
    /// the place of a name may be as secret as a value.
    public var redactedQuery: String {
        var query = query
        return query.withUTF8 { query in
            var redacted = ""
            for pair in query.split(separator: UInt8(ascii: "&")) {
                let name = pair.prefix { $0 != UInt8(ascii: "=") }
                guard let known = Self.parameterNames.first(where: { $0.utf8.elementsEqual(name) }) else { continue }
                if !redacted.isEmpty { redacted += "&" }
                redacted += known
                redacted += "=REDACTED"
            }
            return redacted
        }
    }
}
