// What browsers are told about pages of other origins: CORS, as the Fetch standard has it.
//
// Trust rule: the list is exact, and an answer names the origin that asked or none. A browser keeps every answer that
// does not name its page's origin from that page. What a browser adds by itself, such as cookies, is never allowed: a
// page sends its buyer's token. Operators' routes take part in none of this, so no page can act for an operator.

internal import NIOHTTP1

struct CrossOrigin: Sendable {
    /// What a page may send beyond what every page may.
    private static let requestFields =
        "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Queue-Ticket, X-Request-Id, "
        + "X-Shop-ID, baggage, traceparent, tracestate"
    /// What a page may read beyond what every page may: `Date` is the clock by which holds and sales end.
    private static let answerFields =
        "Date, ETag, Idempotency-Replayed, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, "
        + "traceresponse"
    /// How many seconds a browser may go by a preflight; the longest time that all common browsers honour.
    private static let preflightAge = 7_200

    private let origins: Set<String>

    /// Nil if no page of another origin may call the API.
    init?(_ origins: [WebOrigin]) {
        guard !origins.isEmpty else { return nil }
        self.origins = Set(origins.map(\.description))
    }

    /// Adds to an answer what browsers, and the caches before them, need.
    func mark(_ answer: inout Answer, to head: HTTPRequestHead, of route: Route) {
        guard route.isForPages else { return }
        answer.fields.append(("Vary", "Origin"))
        let headers = head.headers
        let sent = headers["origin"]
        guard sent.count == 1, let origin = sent.first, origins.contains(origin) else { return }
        answer.fields.append(("Access-Control-Allow-Origin", origin))
        guard head.method == .OPTIONS, headers.contains(name: "access-control-request-method") else {
            answer.fields.append(("Access-Control-Expose-Headers", Self.answerFields))
            return
        }
        // The whole list, whatever was asked for: a browser compares, and keeps it for requests of other kinds.
        let methods = route.methods.map(\.rawValue).joined(separator: ", ")
        answer.fields.append(("Access-Control-Allow-Methods", methods))
        answer.fields.append(("Access-Control-Allow-Headers", Self.requestFields))
        answer.fields.append(("Access-Control-Max-Age", String(Self.preflightAge)))
    }
}
