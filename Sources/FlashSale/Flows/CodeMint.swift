// Makes checkout codes. A code is a secret, so its bits come from the system's generator, many codes' at a time.

import Synchronization

/// Mints checkout codes. The ledger decides whether a code is used; an unused one is forgotten.
public final class CodeMint: Sendable {
    private static let codesPerFetch = 64

    /// Random words that no code has yet.
    private let words = Mutex<[UInt64]>([])
    private let fetch: @Sendable (Int) -> [UInt64]

    /// - Parameter fetch: returns that many random words; by default from the system's generator.
    public init(fetch: @escaping @Sendable (Int) -> [UInt64] = SystemRandom.words) {
        self.fetch = fetch
    }

    /// A code of the sale that was never minted before.
    ///
    /// - Parameter lane: the lane of the buyer whose cart it is for.
    public func mint(_ sale: SaleID, in lane: Lane? = nil) -> CheckoutCode {
        let code = words.withLock { words in
            if words.isEmpty { words = fetch(2 * Self.codesPerFetch) }
            return CheckoutCode(sale: sale, high: words.removeLast(), low: words.removeLast())
        }
        return code.naming(lane)
    }
}
