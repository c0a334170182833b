// The compact state of a sale's units.

import FlashSale
import Testing

@Suite struct StockSnapshotTests {
    private func hold(_ item: Int32) -> Hold {
        Hold(
            unit: Unit(item: item, number: 1), code: CheckoutCode(sale: SaleID(1), high: 0, low: 1),
            buyer: BuyerID("ann")!, expiresAt: Timestamp(microseconds: 0))
    }

    @Test("The three counts always add up to the units", arguments: [1, 7, 8, 9, 63, 64, 65, 1_000])
    func counts(units: Int) {
        var snapshot = StockSnapshot(unitCount: units)
        #expect(snapshot.count == StockCount(free: units, held: 0, sold: 0))
        snapshot.markHeld(units - 1, by: hold(1))
        #expect(snapshot.count == StockCount(free: units - 1, held: 1, sold: 0))
        snapshot.markSold(units - 1)
        #expect(snapshot.count == StockCount(free: units - 1, held: 0, sold: 1))
        #expect(snapshot.held.isEmpty)
    }

    @Test("Units of an item are neighbours, and every ordinal has its unit")
    func ordinals() {
        let sale = Sale(
            id: SaleID(1), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1), itemCount: 5,
            stockPerItem: 3, maxItemsPerBuyer: 1, hold: .seconds(1), epoch: 1)
        let units = (0..<sale.unitCount).map(sale.unit(at:))
        #expect(units.map(sale.ordinal(of:)) == Array(0..<15))
        #expect(units[4] == Unit(item: 2, number: 2))
    }
}
