// The draw: one secret decides the order of all that joined before the start. Anybody can check it with two hashes.

public import FlashSale
internal import Tokens

/// The seed of a sale's draw: 64 hexadecimal digits, used as the text that they are.
///
/// Its ``commit`` is public from the sale's creation on. The seed becomes public together with the count of tickets,
/// once nobody can join the draw any more. So nobody chose the order after the names were known, and nobody knew it
/// before.
public struct DrawSeed: Hashable, Sendable {
    public let digits: String
    private let key: SHA2Key

    /// Nil if the text is not 64 of `0-9 a-f`.
    public init?(_ digits: String) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(isDigit) else { return nil }
        self.digits = digits
        key = SHA2Key(Array(digits.utf8))
    }

    /// SHA-256 of the digits, in hexadecimal: `printf %s SEED | sha256sum`.
    public var commit: String { SHA2.digits(of: digits) }

    /// The buyer's number, from 1 to `ticketCount`. Two buyers may share one.
    ///
    /// The first 64 bits of HMAC-SHA256(seed, "sale:buyer") are a fraction of 2^64, and the number is as far on its way
    /// from 1 to the count.
    public func number(of buyer: BuyerID, in sale: SaleID, among ticketCount: Int32) -> Int32 {
        let hash = key.authenticate(Array("\(sale):\(buyer)".utf8))
        let fraction = hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int32(fraction.multipliedFullWidth(by: UInt64(max(1, ticketCount))).high) + 1
    }
}
