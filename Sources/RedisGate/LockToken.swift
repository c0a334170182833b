// Tokens: each proves the holder of a lock or of a load.

internal import FlashSale
internal import Synchronization
internal import Textbook

enum LockToken {
    /// Random for this process, so that no two instances make the same token.
    private static let high = SystemRandom.words(1)[0]
    private static let low = Atomic<UInt64>(SystemRandom.words(1)[0])

    /// A token that nobody has made before: 32 hexadecimal digits.
    static func make() -> String {
        String(hexadecimal: high, low.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}
