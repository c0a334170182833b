// Makes checkout codes. A code is a secret, so its bits come from the system's generator, many codes' at a time.

import Synchronization

/// Mints checkout codes. The ledger decides whether a code is used; an unused one is forgotten.
public final class CodeMint: Sendable {
    private struct Stock {
        var words: [UInt64] = []
    }

    private static let codesPerFetch = 64

    private let stock = Mutex(Stock())
    private let fetch: @Sendable (Int) -> [UInt64]

    /// - Parameter fetch: returns that many random words; by default from the system's generator.
    public init(fetch: @escaping @Sendable (Int) -> [UInt64] = SystemRandom.words) {
        self.fetch = fetch
    }

    /// A code of the sale that was never minted before.
    ///
    /// - Parameter lane: the lane of the buyer whose cart it is for.
    public func mint(_ sale: SaleID, in lane: Lane? = nil) -> CheckoutCode {
        let code = stock.withLock { stock in
            if stock.words.isEmpty { stock.words = fetch(2 * Self.codesPerFetch) }
            return CheckoutCode(sale: sale, high: stock.words.removeLast(), low: stock.words.removeLast())
        }
        return code.naming(lane)
    }
}
