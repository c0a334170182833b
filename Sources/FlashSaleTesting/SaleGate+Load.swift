// Loads from a snapshot that a test has made.

public import FlashSale

extension SaleGate {
    /// Loads the sale from a snapshot that is there already, under the sale's own epoch if no other is given.
    public func load(_ snapshot: StockSnapshot, of sale: Sale, epoch: Int32? = nil) async -> Bool {
        let isLoaded = try? await load(sale, epoch: epoch ?? sale.epoch) { () throws(LedgerFailure) in snapshot }
        return isLoaded ?? false
    }
}
