// The epoch of each sale that the gate asks for: the caller's, or a later one that a marker named.

internal import FlashSale
internal import Synchronization

/// Remembers the keys of the sales in use.
final class EpochBook: Sendable {
    /// The most sales to remember. Beyond it the oldest sale is forgotten, and learned again from its marker.
    static let limit = 64

    private let ledger: LedgerID
    private let keys = Mutex<[SaleID: SaleKeys]>([:])

    init(_ ledger: LedgerID) {
        self.ledger = ledger
    }

    /// The keys of the sale's latest known epoch.
    func keys(of sale: Sale) -> SaleKeys {
        keys.withLock { keys in
            if let known = keys[sale.id], known.epoch >= sale.epoch { return known }
            return Self.put(SaleKeys(ledger, sale.id, epoch: sale.epoch), in: &keys)
        }
    }

    /// Remembers a later epoch, and returns the keys of the latest.
    func learn(_ epoch: Int32, of sale: SaleID) -> SaleKeys {
        keys.withLock { keys in
            if let known = keys[sale], known.epoch >= epoch { return known }
            return Self.put(SaleKeys(ledger, sale, epoch: epoch), in: &keys)
        }
    }

    private static func put(_ entry: SaleKeys, in keys: inout [SaleID: SaleKeys]) -> SaleKeys {
        keys[entry.sale] = entry
        if keys.count > limit, let oldest = keys.keys.min() { keys[oldest] = nil }
        return entry
    }
}
