// The name of a shop.

/// A shop: one sale of it is on at a time, and sales of other shops beside it. Its text form is a lower-case label of
/// DNS: 1 to 63 of `a-z 0-9 -`, without a hyphen at either end.
public struct ShopID: Hashable, Sendable, LosslessStringConvertible {
    /// The shop of whoever names none.
    public static let main = ShopID(known: "main")
    /// What is wrong with a text that is none.
    public static let problem = "must be 1 to 63 of a-z 0-9 and -, without - at either end"

    public let description: String

    public init?(_ description: String) {
        let bytes = description.utf8
        guard (1...63).contains(bytes.count), bytes.first != Self.hyphen, bytes.last != Self.hyphen,
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == Self.hyphen })
        else { return nil }
        self.description = description
    }

    private init(known description: String) { self.description = description }

    private static let hyphen = UInt8(ascii: "-")
}
