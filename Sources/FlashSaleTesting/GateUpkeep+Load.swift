// Loading a snapshot that a test has made.

public import FlashSale

extension GateUpkeep {
    /// Loads the sale from this snapshot, under the sale's own epoch unless another is given.
    public func load(_ snapshot: StockSnapshot, of sale: Sale, epoch: Int32? = nil) async -> Bool {
        let isLoaded = try? await load(sale, epoch: epoch ?? sale.epoch) { () throws(LedgerFailure) in snapshot }
        return isLoaded ?? false
    }
}
