// Writes requests. It restates the paths and fields of the service's API, so that a change on either side shows.

import Audit
import NIOCore
import Textbook

struct RequestWriter {
    private let mode: RunMode
    private let tokens: BuyerTokens?
    private let user: String
    private let keyPrefix: String
    private let tail: String
    private let idTail: String
    private let queuePath: String
    private let saleID: String
    private var random: SplitMix64
    private let tracedShare: Double

    init(_ plan: RunPlan, lane: Int) {
        mode = plan.mode
        tokens = plan.tokens
        user = "load-\(plan.run)-"
        keyPrefix = "\r\nIdempotency-Key: \"load-\(plan.run)-"
        saleID = "\(plan.sale?.id ?? 0)"
        queuePath = "/sales/\(saleID)/queue"
        idTail = "&id=ITM-\(saleID)-"
        tail = " HTTP/1.1\r\n\(plan.target.fields)"
        random = SplitMix64(seed: plan.scenario.seed, stream: 0x7247_CE00 + UInt64(lane))
        tracedShare = plan.scenario.tracedShare
    }

    mutating func write(_ errand: Errand, of buyer: Buyer?, to buffer: inout ByteBuffer) {
        switch errand {
        case .raw:
            buffer.writeStaticString("GET ")
            if case .raw(let path) = mode { buffer.writeString(path) }
        case .look:
            buffer.writeStaticString("GET /sales/")
            buffer.writeString(saleID)
            buffer.writeStaticString("/items?limit=20")
        case .checkout(let item):
            buffer.writeStaticString("POST /checkout?user_id=")
            buffer.writeString(user)
            buffer.writeString(String(buyer?.number ?? 0))
            buffer.writeString(idTail)
            buffer.writeString(String(item))
        case .purchase:
            buffer.writeStaticString("POST /purchase?code=")
            buffer.writeString(buyer?.code ?? codeOfNobody())
        case .cancel:
            buffer.writeStaticString("DELETE /checkout?code=")
            buffer.writeString(buyer?.code ?? "-")
        case .join, .knock:
            buffer.writeStaticString("POST ")
            buffer.writeString(queuePath)
            buffer.writeStaticString("?user_id=")
            buffer.writeString(user)
            buffer.writeString(String(buyer?.number ?? 0))
        case .listen:
            buffer.writeStaticString("GET /sales/")
            buffer.writeString(saleID)
            buffer.writeStaticString("/events")
        case .line:
            buffer.writeStaticString("GET ")
            buffer.writeString(queuePath)
        }
        buffer.writeString(tail)
        if let buyer { writeFields(of: buyer, errand, to: &buffer) }
        if [.checkout, .purchase, .queue].contains(errand.endpoint) {
            buffer.writeStaticString("\r\nContent-Length: 0")
        }
        if tracedShare > 0, random.chance(tracedShare) { writeTraceparent(to: &buffer) }
        buffer.writeStaticString("\r\n\r\n")
    }

    /// The fields that tell one buyer from another.
    private mutating func writeFields(of buyer: Buyer, _ errand: Errand, to buffer: inout ByteBuffer) {
        let keys = buyer.kind.habits.keys
        if keys == .sprayed || keys == .ofPurchases && errand == .purchase {
            buffer.writeString(keyPrefix)
            buffer.writeString(String(buyer.number))
            buffer.writeStaticString("-")
            buffer.writeString(keys == .sprayed ? hex(random.next()) : String(buyer.keyNumber))
            buffer.writeStaticString("\"")
        }
        if let ticket = buyer.ticket(for: errand) {
            buffer.writeStaticString("\r\nQueue-Ticket: ")
            buffer.writeString(ticket)
        }
        if let tokens, errand != .look, errand != .line {
            buffer.writeStaticString("\r\nAuthorization: Bearer ")
            buffer.writeString(tokens.token(of: user + String(buyer.number)))
        }
    }

    /// A request for as many items as a page may have.
    func writeLargePage(to buffer: inout ByteBuffer) {
        buffer.writeStaticString("GET /sales/")
        buffer.writeString(saleID)
        buffer.writeStaticString("/items?limit=1000")
        buffer.writeString(tail)
        buffer.writeStaticString("\r\n\r\n")
    }

    /// A well-formed code that was never given to anybody. Half of them are of sales that nobody knows.
    private mutating func codeOfNobody() -> String {
        let sale = random.chance(0.5) ? saleID : String(1 + random.below(1_000_000))
        return "CHK-\(sale)-\(hex(random.next()))\(hex(random.next()))"
    }

    private func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private mutating func writeTraceparent(to buffer: inout ByteBuffer) {
        // A trace or span id of zeros is invalid; one bit prevents that.
        buffer.writeStaticString("\r\ntraceparent: 00-")
        buffer.writeString(hex(random.next()) + hex(random.next() | 1) + "-" + hex(random.next() | 1) + "-01")
    }
}
