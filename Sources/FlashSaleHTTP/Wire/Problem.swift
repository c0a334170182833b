// A refusal as the client gets it: RFC 9457 problem details and a few members more. This is the one place that turns
// outcomes of the domain into answers of HTTP.
//
// Readers of a request throw it, and `Routes` catches it once. What a flow says is returned, so that it is counted.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

/// Its content is large and in memory of its own, so that a frame on the way has room for a pointer.
indirect enum Problem: Error {
    /// A flow's refusal.
    case refusal(Refusal)
    /// A request with faults in these fields, in the order of the fields.
    case validation([(field: String, why: String)])
    /// Another refusal of the front, with the header fields that its status needs: `Allow`, `WWW-Authenticate`.
    case plain(Reason, fields: [(String, String)])
    /// The service has no such path. The code is no `Reason`: no flow gives it, and no metric has it as a label.
    case unknownPath

    static let codeOfUnknownPath = "not_found"

    init(_ reason: Reason) { self = .plain(reason, fields: []) }

    /// Nil if the service has no such path.
    var reason: Reason? {
        switch self {
        case .refusal(let refusal): refusal.reason
        case .validation: .validation
        case .plain(let reason, _): reason
        case .unknownPath: nil
        }
    }

    /// The header fields that the status needs.
    var fields: [(String, String)] { if case .plain(_, let fields) = self { fields } else { [] } }

    private var refusal: Refusal? { if case .refusal(let refusal) = self { refusal } else { nil } }

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
        json.field("retryable", wording.isRetryable || refusal?.retryAt != nil)
        json.field("request_id", requestID)
        if case .validation(let errors) = self, !errors.isEmpty { json.errors(errors) }
        if let refusal { json.members(of: refusal) }
        json.endObject()
        var answer = Answer(wording.status, fields: fields, body: ByteBuffer(bytes: json.bytes))
        answer.fields.append(("Content-Type", "application/problem+json"))
        answer.fields.append(Answer.cacheControlNone)
        if wording.status == .tooManyRequests || wording.status == .serviceUnavailable || reason == .salePaused {
            // A line that is long is not asked more often for being full.
            let least = refusal?.queue.map { UInt64($0.pollAfter.components.seconds) } ?? 1
            answer.fields.append(("Retry-After", String(least - 1 + Self.retryAfter(jitter))))
        }
        return answer
    }

    /// Over how many seconds `Retry-After` is spread.
    private static let retryAfterSpread: UInt64 = 3

    /// The seconds of `Retry-After`.
    static func retryAfter(_ jitter: UInt64) -> UInt64 { 1 + jitter % retryAfterSpread }
}

extension JSONWriter {
    /// Of a refusal, what helps the client besides its reason.
    fileprivate mutating func members(of refusal: Refusal) {
        if let code = refusal.code { field("checkout_code", code.description) }
        if let retryAt = refusal.retryAt { field("retry_at", retryAt) }
        if let order = refusal.order {
            key("order")
            self.order(order)
        }
        if let queue = refusal.queue {
            if let number = queue.number { field("number", number) }
            if let ahead = queue.ahead { field("ahead", ahead) }
            field("queue", "/sales/\(queue.sale)/queue")
        }
    }

    fileprivate mutating func errors(_ errors: [(field: String, why: String)]) {
        key("errors")
        beginObject()
        for (field, why) in errors {
            key(escaping: field)
            string(why)
        }
        endObject()
    }
}
