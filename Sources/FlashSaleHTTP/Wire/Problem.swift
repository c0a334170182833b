// A refusal as the client gets it: RFC 9457 problem details and a few members more. This is the one place that turns
// outcomes of the domain into answers of HTTP.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

struct Problem: Sendable {
    /// Nil if the service has no such path.
    let reason: Reason?
    /// The faults of the request, by field, in the order of the fields.
    var errors: [(field: String, why: String)] = []
    var code: CheckoutCode?
    var retryAt: Timestamp?
    var order: Order?
    var queue: QueueNotice?
    /// Whether the buyer has used up its rate.
    var isOfBuyersRate = false
    /// The header fields that the status needs: `Allow`, `WWW-Authenticate`.
    var fields: [(String, String)] = []

    init(_ reason: Reason) {
        self.reason = reason
    }

    private init() {
        reason = nil
    }

    /// The service has no such path. The code is no `Reason`: no flow gives it, and no metric has it as a label.
    static let unknownPath = Problem()
    static let codeOfUnknownPath = "not_found"

    init(_ refusal: Refusal) {
        reason = refusal.reason
        code = refusal.code
        retryAt = refusal.retryAt
        order = refusal.order
        queue = refusal.queue
        isOfBuyersRate = refusal.reason == .rateLimited
    }

    /// A request with faults in these fields.
    static func validation(_ errors: [(field: String, why: String)]) -> Problem {
        var problem = Problem(.validation)
        problem.errors = errors
        return problem
    }

    /// The whole answer.
    ///
    /// - Parameters:
    ///   - requestID: the value of the answer's `X-Request-Id`.
    ///   - jitter: any number. It spreads the times at which refused clients come back.
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
        json.field("retryable", wording.isRetryable || retryAt != nil)
        json.field("request_id", requestID)
        if !errors.isEmpty { writeErrors(&json) }
        if let code { json.field("checkout_code", code.description) }
        if let retryAt { json.field("retry_at", retryAt) }
        if let order {
            json.key("order")
            json.order(order)
        }
        if let queue {
            if let number = queue.number { json.field("number", number) }
            if let ahead = queue.ahead { json.field("ahead", ahead) }
            json.field("queue", "/sales/\(queue.sale)/queue")
        }
        json.endObject()
        var answer = Answer(wording.status, fields: fields, body: ByteBuffer(bytes: json.bytes))
        answer.fields.append(("Content-Type", "application/problem+json"))
        answer.fields.append(Answer.cacheControlNone)
        if wording.status == .tooManyRequests || wording.status == .serviceUnavailable || reason == .salePaused {
            // A line that is long is not asked more often for being full.
            let least = queue.map { UInt64($0.pollAfter.components.seconds) } ?? 1
            answer.fields.append(("Retry-After", String(least - 1 + Self.retryAfter(jitter))))
        }
        return answer
    }

    /// Over how many seconds `Retry-After` is spread.
    private static let retryAfterSpread: UInt64 = 3

    /// The seconds of `Retry-After`.
    static func retryAfter(_ jitter: UInt64) -> UInt64 { 1 + jitter % retryAfterSpread }

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
