// The sales of which the gate may have missed a fact, because Redis did not reply when this instance told it.

internal import FlashSale
internal import Synchronization

/// Remembers such sales until they are loaded again. Until then the gate's counts of them are wrong, though Redis is
/// back.
final class MissedFacts: Sendable {
    private let sales = Mutex<Set<SaleID>>([])

    func note(_ sale: SaleID) {
        sales.withLock { sales in
            if sales.count >= EpochBook.limit, let oldest = sales.min() { sales.remove(oldest) }
            sales.insert(sale)
        }
    }

    func contains(_ sale: SaleID) -> Bool {
        sales.withLock { $0.contains(sale) }
    }

    /// Forgets the sale, and returns whether it was remembered.
    func take(_ sale: SaleID) -> Bool {
        sales.withLock { $0.remove(sale) != nil }
    }
}
