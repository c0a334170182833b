// Loading a snapshot that a test has made, and reading everything back that the gate knows of units.

public import FlashSale

extension GateUpkeep {
    /// Loads the sale from this snapshot, under the sale's own epoch unless another is given.
    public func load(_ snapshot: StockSnapshot, of sale: Sale, epoch: Int32? = nil) async -> Bool {
        let isLoaded = try? await load(sale, epoch: epoch ?? sale.epoch) { () throws(LedgerFailure) in snapshot }
        return isLoaded ?? false
    }

    /// The units and their holds, without what buyers have bought. Nil if the gate does not tell one of them.
    public func snapshot(of sale: Sale) async -> StockSnapshot? {
        let ordinals = Array(0..<sale.unitCount)
        guard let states = await units(ordinals, of: sale) else { return nil }
        var snapshot = StockSnapshot(unitCount: sale.unitCount)
        for (ordinal, state) in zip(ordinals, states) {
            switch state {
            case .free: break
            case .sold: snapshot.markSold(ordinal)
            case .held(let hold, _): snapshot.markHeld(ordinal, by: hold)
            case .unknown: return nil
            }
        }
        return snapshot.stock == (await stock(of: sale)) ? snapshot : nil
    }
}
