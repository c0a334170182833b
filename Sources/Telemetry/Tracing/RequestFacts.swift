// The texts of a request's span. They are made only for traces that are exported.

/// A request without its secrets.
public struct RequestFacts: Sendable {
    public var requestID: String
    /// The route's template; empty if the path has no route. It also stands for the path, which may contain a code.
    public var route: String
    /// As the client sent it; only its redacted form is shown.
    public var query: Substring
    public var protocolVersion: String
    public var userAgent: String?
    /// The address of the client, as far as trusted proxies know it.
    public var client: String?
    /// The other end of the connection: the client, or a proxy in between.
    public var peer: (host: String, port: Int)?
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

    /// The query with every value replaced and every unknown parameter left out: a name that a client invents may be as
    /// secret as a value.
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
