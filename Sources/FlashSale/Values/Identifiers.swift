// The identifiers of the domain, each with its own type and the one text form that clients, Redis and logs see.
// A text that does not parse names something that cannot exist; the caller decides what to tell the client.

internal import Textbook

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
        var text = description
        guard let number = text.withUTF8({ Int32(canonical: $0[...]) }) else { return nil }
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
        guard let parts = parts(of: description, prefix: "ITM-", rest: { Int32(canonical: $0) }) else { return nil }
        (sale, number) = parts
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
        let parts = parts(of: description, prefix: "CHK-") { digits -> (UInt64, UInt64)? in
            guard digits.count == Self.digitCount, let high = UInt64(hexadecimal: digits.prefix(16)),
                let low = UInt64(hexadecimal: digits.suffix(16))
            else { return nil }
            return (high, low)
        }
        guard let (sale, (high, low)) = parts else { return nil }
        self.init(sale: sale, high: high, low: low)
    }

    public var description: String {
        let sale = sale.description
        return String(unsafeUninitializedCapacity: 5 + sale.utf8.count + Self.digitCount) { buffer in
            var end = buffer.update(fromContentsOf: "CHK-".utf8)
            end = buffer[end...].update(fromContentsOf: sale.utf8)
            buffer[end] = 0x2D
            let memory = UnsafeMutableRawBufferPointer(buffer)
            memory.write(hexadecimal: high, at: end + 1)
            memory.write(hexadecimal: low, at: end + 17)
            return end + 1 + Self.digitCount
        }
    }

    /// The random bits as 32 hexadecimal digits.
    public var digits: String { String(hexadecimal: high, low) }

    private static let digitCount = 32
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
public func isWellFormedIdentifier(_ text: String) -> Bool { text.isIdentifier(lengthMax: Limits.identifierLength) }

/// Whether a byte is one of `0-9 a-f`.
private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

/// Reads `<prefix><sale>-<rest>`; nil if the rest is read as nil.
private func parts<Rest>(
    of text: String, prefix: StaticString, rest: (Bytes) -> Rest?
) -> (SaleID, Rest)? {
    var text = text
    return text.withUTF8 { bytes in
        guard bytes.count <= Limits.identifierLength, prefix.withUTF8Buffer({ bytes.starts(with: $0) }) else {
            return nil
        }
        let body = bytes.dropFirst(prefix.utf8CodeUnitCount)
        let sale = body.prefix { $0 != 0x2D }
        guard sale.count < body.count, let number = Int32(canonical: sale),
            let rest = rest(body.dropFirst(sale.count + 1))
        else { return nil }
        return (SaleID(number), rest)
    }
}

extension Int32 {
    /// Reads the decimal digits of a positive number without a sign or leading zeros, so that every number has one text
    /// form.
    fileprivate init?(canonical digits: Bytes) {
        guard let first = digits.first, first != 0x30, digits.count <= 10 else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - 0x30)
        }
        self.init(exactly: number)
    }
}

extension UInt64 {
    /// Reads sixteen digits of `0-9 a-f`.
    fileprivate init?(hexadecimal digits: Bytes) {
        self = 0
        for digit in digits {
            guard isHexadecimal(digit) else { return nil }
            self = self << 4 | UInt64(digit < 0x40 ? digit - 0x30 : digit - 0x57)
        }
    }
}
