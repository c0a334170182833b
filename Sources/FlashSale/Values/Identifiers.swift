// The identifiers of the domain, each with its own type and the one text form that clients, Redis and logs see.
// A text that does not parse names something that cannot exist; the caller decides what to tell the client.

/// A ledger, among all whose gates may share one Redis: 16 hexadecimal digits.
public struct LedgerID: Hashable, Sendable, LosslessStringConvertible {
    public let description: String

    public init?(_ description: String) {
        guard description.utf8.count == 16, description.utf8.allSatisfy(isHexadecimal) else { return nil }
        self.description = description
    }
}

/// A sale. Positive; its text form is the decimal number.
public struct SaleID: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let number: Int32

    public init(_ number: Int32) {
        precondition(number > 0, "a sale's number is positive")
        self.number = number
    }

    public init?(_ description: String) {
        guard let number = Int32(canonical: description[...]), number > 0 else { return nil }
        self.number = number
    }

    public var description: String { String(number) }

    public static func < (left: SaleID, right: SaleID) -> Bool { left.number < right.number }
}

/// An item of a sale: `ITM-<sale>-<number>`, numbers from 1.
///
/// The sale is part of the identifier, so that an item of another sale differs from an unknown one without a look-up.
public struct ItemID: Hashable, Sendable, LosslessStringConvertible {
    public let sale: SaleID
    public let number: Int32

    public init(sale: SaleID, number: Int32) {
        precondition(number > 0, "an item's number is positive")
        self.sale = sale
        self.number = number
    }

    public init?(_ description: String) {
        guard let (sale, rest) = splitIdentifier(description, prefix: "ITM-"),
            let number = Int32(canonical: rest), number > 0
        else { return nil }
        self.sale = sale
        self.number = number
    }

    public var description: String { "ITM-\(sale.number)-\(number)" }
}

/// A unit of an item: the thing that is held and sold. Numbers run from 1 to the item's stock.
public struct Unit: Hashable, Sendable {
    public let item: Int32
    public let number: Int32

    public init(item: Int32, number: Int32) {
        self.item = item
        self.number = number
    }
}

/// A buyer's id as the client sends it: 1 to 64 of `A-Z a-z 0-9 . _ : @ -`.
public struct BuyerID: Hashable, Sendable, LosslessStringConvertible {
    public let description: String

    public init?(_ description: String) {
        guard isWellFormedIdentifier(description) else { return nil }
        self.description = description
    }
}

/// A cart's code: `CHK-<sale>-<32 hexadecimal digits>`. It is a secret: never logged, never a label.
public struct CheckoutCode: Hashable, Sendable, LosslessStringConvertible {
    public let sale: SaleID
    /// The upper and lower half of the 128 random bits.
    public let high: UInt64
    public let low: UInt64

    public init(sale: SaleID, high: UInt64, low: UInt64) {
        self.sale = sale
        self.high = high
        self.low = low
    }

    public init?(_ description: String) {
        guard let (sale, rest) = splitIdentifier(description, prefix: "CHK-"), rest.utf8.count == 32,
            rest.utf8.allSatisfy(isHexadecimal),
            let high = UInt64(rest.prefix(16), radix: 16), let low = UInt64(rest.suffix(16), radix: 16)
        else { return nil }
        self.init(sale: sale, high: high, low: low)
    }

    public var description: String {
        "CHK-\(sale.number)-\(digits)"
    }

    /// The random bits as 32 hexadecimal digits.
    public var digits: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            let alphabet: StaticString = "0123456789abcdef"
            for place in 0..<16 {
                buffer[place] = alphabet.utf8Start[Int(high >> UInt64(60 - 4 * place) & 15)]
                buffer[16 + place] = alphabet.utf8Start[Int(low >> UInt64(60 - 4 * place) & 15)]
            }
            return 32
        }
    }
}

/// An order: `ORD-<sale>-<number>`.
public struct OrderID: Hashable, Sendable, CustomStringConvertible {
    public let sale: SaleID
    public let number: Int64

    public init(sale: SaleID, number: Int64) {
        self.sale = sale
        self.number = number
    }

    public var description: String { "ORD-\(sale.number)-\(number)" }
}

/// The value of a client's `Idempotency-Key`: 1 to 64 characters like any identifier. Its scope is the route and the
/// buyer (checkout) or the code (purchase).
public struct IdempotencyKey: Hashable, Sendable {
    public let text: String

    public init?(_ text: String) {
        guard isWellFormedIdentifier(text) else { return nil }
        self.text = text
    }
}

/// Whether a text is 1 to 64 of `A-Z a-z 0-9 . _ : @ -`.
public func isWellFormedIdentifier(_ text: String) -> Bool {
    let bytes = text.utf8
    return (1...Limits.identifierLength).contains(bytes.count)
        && bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x3A, 0x40...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true  // 0-9 : @ A-Z a-z - . _
            default: false
            }
        }
}

/// Whether a byte is one of `0-9 a-f`.
private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

/// Splits `<prefix><sale>-<rest>`.
private func splitIdentifier(_ text: String, prefix: String) -> (SaleID, Substring)? {
    guard text.utf8.count <= Limits.identifierLength, text.hasPrefix(prefix) else { return nil }
    let body = text.dropFirst(prefix.count)
    guard let dash = body.firstIndex(of: "-"), let number = Int32(canonical: body[..<dash]), number > 0
    else { return nil }
    return (SaleID(number), body[body.index(after: dash)...])
}

extension Int32 {
    /// Reads decimal digits without a sign or leading zeros, so that every number has one text form.
    fileprivate init?(canonical text: Substring) {
        guard let first = text.utf8.first, first >= 0x31, first <= 0x39, text.utf8.count <= 10 else { return nil }
        self.init(text)
    }
}
