// Signs tickets and checks them. Pure: keys in, text out.
//
//     T1.<payload>.<mac>
//
// The payload is 36 bytes, big-endian: key id (4), sale (4), the first half of SHA-256(buyer) (16), the ordinal of a
// late buyer or 0 for the draw (4), when it joined in microseconds since 1970 (8). The MAC is the first half of
// HMAC-SHA256 over `T1.<payload>`. Both are base64url.

public import FlashSale
internal import Textbook
internal import Tokens

/// A key that signs tickets, and its number.
public struct TicketKey: Hashable, Sendable {
    public let id: Int32
    fileprivate let secret: SHA2Key

    public init(id: Int32, secret: [UInt8]) {
        self.id = id
        self.secret = SHA2Key(secret)
    }
}

/// The keys that are live. The first one signs; a ticket of any of them is genuine.
public struct TicketKeys: Hashable, Sendable {
    private static let prefix = Array("T1.".utf8)
    private static let payloadLength = 36
    private static let half = 16
    /// Every ticket has this length: 48 characters of payload, 22 of MAC.
    private static let textLength = 74

    private let keys: [TicketKey]

    public init(_ keys: [TicketKey]) {
        self.keys = keys
    }

    /// Whether there is a key to sign with.
    public var canSign: Bool { !keys.isEmpty }

    /// The ticket's text; nil without a key.
    public func sign(_ ticket: QueueTicket, for buyer: BuyerID) -> String? {
        guard let key = keys.first else { return nil }
        var payload: [UInt8] = []
        payload.reserveCapacity(Self.payloadLength)
        append(UInt32(bitPattern: key.id), to: &payload)
        append(UInt32(bitPattern: ticket.sale.number), to: &payload)
        payload += Self.digest(of: buyer)
        append(UInt32(bitPattern: ticket.place.ordinal), to: &payload)
        append(UInt64(bitPattern: ticket.joinedAt.microseconds), to: &payload)
        let text = Self.prefix + Array(Base64URL.encode(payload).utf8)
        let mac = key.secret.authenticate(text).prefix(Self.half)
        return String(decoding: text, as: UTF8.self) + "." + Base64URL.encode(Array(mac))
    }

    /// Checks a ticket that somebody shows as the buyer, for a sale.
    public func check(_ text: some StringProtocol, of buyer: BuyerID, in sale: SaleID) -> TicketCheck {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.textLength, bytes.starts(with: Self.prefix) else { return .forged }
        let dot = Self.textLength - 23
        guard bytes[dot] == 0x2E, let payload = Base64URL.decode(bytes[Self.prefix.count..<dot]),
            let mac = Base64URL.decode(bytes[(dot + 1)...])
        else { return .forged }
        let id = Int32(bitPattern: UInt32(truncatingIfNeeded: number(payload[0..<4])))
        guard let key = keys.first(where: { $0.id == id }) else { return .unknownKey }
        let expected = key.secret.authenticate(Array(bytes[..<dot])).prefix(Self.half)
        guard SHA2.areEqual(mac, Array(expected)) else { return .forged }
        guard number(payload[4..<8]) == UInt64(sale.number), payload[8..<24].elementsEqual(Self.digest(of: buyer))
        else { return .forged }
        let ordinal = Int32(truncatingIfNeeded: number(payload[24..<28]))
        return .genuine(
            QueueTicket(
                sale: sale, place: ordinal == 0 ? .draw : .late(ordinal),
                joinedAt: Timestamp(microseconds: Int64(truncatingIfNeeded: number(payload[28..<36])))))
    }

    private static func digest(of buyer: BuyerID) -> ArraySlice<UInt8> {
        SHA2.digest(buyer.description[...]).prefix(half)
    }
}

/// What a text proves that somebody shows as a ticket.
public enum TicketCheck: Hashable, Sendable {
    case genuine(QueueTicket)
    /// It names a key that is not live here. The key may be too new for this instance, or too old for any.
    case unknownKey
    /// It is no ticket, or another buyer's or sale's, or somebody changed it.
    case forged
}

extension QueueTicket.Place {
    /// 0 for the draw.
    fileprivate var ordinal: Int32 {
        switch self {
        case .draw: 0
        case .late(let ordinal): ordinal
        }
    }
}

private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
}
