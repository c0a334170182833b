// Tokens: each proves the holder of a lock or of a load.

internal import FlashSale

enum RandomToken {
    /// 128 random bits as 32 hexadecimal digits.
    static func make() -> String {
        SystemRandom.words(2).map(hex).joined()
    }

    private static func hex(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
