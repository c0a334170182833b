// A refusal as a client gets it: RFC 9457 problem details with what our clients want besides. The one place where
// answers of the domain become answers of HTTP.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

struct Problem: Sendable {
    /// Nil where no part of the service was asked: the path is none of ours.
    let reason: Reason?
    /// What is wrong with each field of the request, in the order of the fields.
    var errors: [(field: String, why: String)] = []
    var code: CheckoutCode?
    var retryAt: Timestamp?
    var order: Order?
    /// The fields that the status asks for: `Allow`, `WWW-Authenticate`.
    var fields: [(String, String)] = []

    init(_ reason: Reason) {
        self.reason = reason
    }

    private init() {
        reason = nil
    }

    /// The path names nothing. Its code is no `Reason`: no flow can give it, and no metric is labelled with it.
    static let unknownPath = Problem()
    static let codeOfUnknownPath = "not_found"

    init(_ refusal: Refusal) {
        reason = refusal.reason
        code = refusal.code
        retryAt = refusal.retryAt
        order = refusal.order
    }

    /// A request that is wrong in these fields.
    static func validation(_ errors: [(field: String, why: String)]) -> Problem {
        var problem = Problem(.validation)
        problem.errors = errors
        return problem
    }

    /// The whole answer.
    ///
    /// - Parameters:
    ///   - requestID: what the answer's `X-Request-Id` says.
    ///   - jitter: any number; spreads the moment at which refused clients come back.
    func answer(requestID: String, jitter: UInt64) -> Answer {
        let wording = reason?.wording ?? .unknownPath
        var json = JSONWriter(capacity: 384)
        json.beginObject()
        json.field("type", "about:blank")
        json.field("title", wording.title)
        json.field("status", wording.status.code)
        json.field("detail", wording.message)
        json.field("message", wording.message)
        json.field("code", reason?.rawValue ?? Self.codeOfUnknownPath)
        json.field("retryable", wording.isRetryable)
        json.field("request_id", requestID)
        if !errors.isEmpty { writeErrors(&json) }
        if let code { json.field("checkout_code", code.description) }
        if let retryAt { json.field("retry_at", retryAt) }
        if let order {
            json.key("order")
            json.order(order)
        }
        json.endObject()
        var answer = Answer(wording.status, fields: fields, body: ByteBuffer(bytes: json.bytes))
        answer.fields.append(("Content-Type", "application/problem+json"))
        answer.fields.append(Answer.cacheControlNone)
        if wording.status == .tooManyRequests || wording.status == .serviceUnavailable {
            answer.fields.append(("Retry-After", String(1 + jitter % Self.retryAfterSpread)))
        }
        answer.reason = reason
        return answer
    }

    /// Clients are told to come back after 1 to this many seconds.
    private static let retryAfterSpread: UInt64 = 3

    private func writeErrors(_ json: inout JSONWriter) {
        json.key("errors")
        json.beginObject()
        for (field, why) in errors {
            json.key(escaping: field)
            json.string(why)
        }
        json.endObject()
    }
}
