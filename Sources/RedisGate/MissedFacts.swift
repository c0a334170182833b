// Of which sales this instance owes the gate a fact: Redis did not answer when it was told, and may not have heard it.

internal import FlashSale
internal import Synchronization

/// Remembers sales until they are loaded anew. Who has missed a fact counts wrongly, however soon Redis is back.
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
