// What a receiver is told: an event, and the message that carries it.

public import FlashSale
public import Telemetry
internal import Textbook

/// Something that has happened in a sale.
public struct LedgerEvent: Hashable, Sendable {
    /// Distinct in the ledger. It grows with the commits of a sale's lane, and with each change of a sale.
    public let number: Int64
    public let type: LedgerEventType
    public let happenedAt: Timestamp
    /// What is told of it, as JSON. No code is in it: who has one can act for its buyer.
    public let data: String

    public init(number: Int64, type: LedgerEventType, happenedAt: Timestamp, data: String) {
        self.number = number
        self.type = type
        self.happenedAt = happenedAt
        self.data = data
    }

    /// The message of a ledger's event: each time the same, so that a receiver knows it again by its id.
    public func message(of ledger: LedgerID) -> WebhookMessage {
        let head = #"{"type":"\#(type.rawValue)","timestamp":"\#(happenedAt)","data":"#
        return WebhookMessage(id: "evt_\(ledger)_\(number)", body: Array("\(head)\(data)}".utf8))
    }
}

/// A message before it is signed.
public struct WebhookMessage: Hashable, Sendable {
    public let id: String
    public let body: [UInt8]

    public init(id: String, body: [UInt8]) {
        self.id = id
        self.body = body
    }
}
