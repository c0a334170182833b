// Where checkout codes come from. They are bearer secrets, so their bits come from the system's generator, fetched for
// many codes at once: one system call a code would cost more than all else that the service does to mint it.

import Synchronization

/// Mints checkout codes. The ledger decides whether a code is used; one that is not is forgotten.
public final class CodeMint: Sendable {
    private struct Stock {
        var words: [UInt64] = []
    }

    private static let codesPerFetch = 64

    private let stock = Mutex(Stock())
    private let fetch: @Sendable (Int) -> [UInt64]

    /// - Parameter fetch: gives that many random words; the system's generator unless a test wants it otherwise.
    public init(
        fetch: @escaping @Sendable (Int) -> [UInt64] = { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in generator.next() }
        }
    ) {
        self.fetch = fetch
    }

    /// A code of the sale that was never minted before.
    public func mint(_ sale: SaleID) -> CheckoutCode {
        stock.withLock { stock in
            if stock.words.isEmpty { stock.words = fetch(2 * Self.codesPerFetch) }
            return CheckoutCode(sale: sale, high: stock.words.removeLast(), low: stock.words.removeLast())
        }
    }
}
