// Finds the few facts in an answer's JSON without parsing all of it, because it does so for every answer.

import Audit
import NIOCore

/// The members that matter.
struct AnswerContent: Hashable, Sendable {
    /// Why the request was refused.
    var reason: Outcome.Reason?
    /// The cart's code.
    var code: String?
    /// The numbers of the items that an order sold; none if it says that it is no success.
    var soldItems: [Int32] = []
    /// The order's id and what was paid for it, in one word.
    var receipt: String?
    /// When the hold ends, in milliseconds of the wall clock.
    var expiresAt: Int64?
    /// What it says of a line.
    var queue: QueueNews?
    /// Whether the body had any known member.
    var isKnown = false

    init() {}

    init(_ body: ByteBuffer, endpoint: Endpoint, status: Int) {
        self = body.withUnsafeReadableBytes { raw in
            let text = JSONGlance(raw: raw)
            var content = AnswerContent()
            switch (endpoint, status) {
            case (.raw, _):
                content.isKnown = true
            case (.items, 200), (.items, 304):
                content.isKnown = status == 304 || raw.first == UInt8(ascii: "[")
            case (.checkout, 200):
                content.code = text.text(of: "\"code\":")
                content.expiresAt = text.text(of: "\"expires_at\":").flatMap(WallClock.milliseconds)
                content.isKnown = content.code != nil
            case (.purchase, 200):
                content.soldItems = text.has("\"success\":true") ? text.soldItems() : []
                content.receipt = text.receipt
                content.isKnown = text.has("\"purchased_items\"")
            case (.cancel, 200):
                content.isKnown = text.has("\"released_items\"")
            case (.queue, 200):
                content.queue = text.place
                content.isKnown = content.queue?.ticket != nil
            case (.line, 200), (.events, 200):
                let line = text.line
                content.queue = line.phase == nil ? nil : line
                content.isKnown = line.phase != nil
            default:
                content.reason = text.text(of: "\"code\":").flatMap(Outcome.Reason.init)
                content.code = text.text(of: "\"checkout_code\":")
                content.isKnown = text.has("\"message\"")
                if content.reason == .waitingRoom { content.queue = text.place }
            }
            return content
        }
    }
}

/// Looks for members of JSON by their names alone. That is right if no other member of the name comes before. The tests
/// restate the parts of the wire format that this relies on.
private struct JSONGlance {
    let raw: UnsafeRawBufferPointer

    func has(_ name: StaticString) -> Bool { end(of: name, from: 0) != nil }

    func text(of name: StaticString) -> String? {
        guard var start = end(of: name, from: 0) else { return nil }
        while start < raw.count, raw[start] == 0x20 { start += 1 }
        guard start < raw.count, raw[start] == UInt8(ascii: "\"") else { return nil }
        let value = raw[(start + 1)...].prefix { $0 != UInt8(ascii: "\"") }
        // A longer value, or one that would break the journal's lines, is not from this API.
        guard value.count <= 128, value.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// `{"id":"ITM-<sale>-<number>","name":…,"sold":true}`, for each item.
    func soldItems() -> [Int32] {
        var items: [Int32] = []
        var position = 0
        while let start = end(of: "\"id\":\"ITM-", from: position) {
            let id = raw[start...].prefix { $0 != UInt8(ascii: "\"") }
            position = id.endIndex
            guard let sold = end(of: "\"sold\":", from: position) else { break }
            position = sold
            guard sold < raw.count, raw[sold] == UInt8(ascii: "t"),
                let number = String(decoding: id, as: UTF8.self).split(separator: "-").last.flatMap({ Int32($0) })
            else { continue }
            items.append(number)
        }
        return items
    }

    /// `ORD-7-12:4200`
    var receipt: String? {
        guard let id = text(of: "\"order_id\":") else { return nil }
        let amount = number(of: "\"total_price\":{\"amount\":", Int64.self)
        return "\(id):\(amount.map(String.init) ?? "-")"
    }

    /// Where a buyer stands.
    var place: QueueNews {
        QueueNews(
            ticket: text(of: "\"ticket\":"), number: number(of: "\"number\":"),
            isCalled: has("\"is_called\":true"), ahead: number(of: "\"ahead\":"), low: number(of: "\"low\":"),
            high: number(of: "\"high\":"), pollAfter: pollAfter)
    }

    /// How a line stands.
    var line: QueueNews {
        QueueNews(
            phase: text(of: "\"phase\":").flatMap(History.Phase.init), called: number(of: "\"called\":"),
            waiting: number(of: "\"waiting\":"), draw: draw, pollAfter: pollAfter)
    }

    private var draw: History.Draw? {
        text(of: "\"commit\":").map {
            History.Draw(commit: $0, seed: text(of: "\"seed\":"), count: number(of: "\"n\":"))
        }
    }

    private var pollAfter: Int64? {
        number(of: "\"poll_after_ms\":").map { min($0, Int64(WireAnswer.waitMax) * 1_000) }
    }

    private func number<N: FixedWidthInteger>(of name: StaticString, _: N.Type = N.self) -> N? {
        guard let start = end(of: name, from: 0) else { return nil }
        let digits = raw[start...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return N(String(decoding: digits, as: UTF8.self))
    }

    private func end(of name: StaticString, from start: Int) -> Int? {
        firstIndex(of: name, in: raw, from: start).map { $0 + name.utf8CodeUnitCount }
    }
}
