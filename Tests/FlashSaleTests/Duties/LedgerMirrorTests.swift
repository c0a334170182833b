// What the drift check knows of the ledger: what it reads when, and what changes make of it.

import Testing

@testable import FlashSale

@Suite struct LedgerMirrorTests {
    private let start = ContinuousClock.now
    private let sale = Sale(
        id: SaleID(1), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1_000_000),
        itemCount: 100, stockPerItem: 2, maxItemsPerBuyer: 10, hold: .seconds(1), epoch: 1)

    private func read(
        _ mirror: inout LedgerMirror, at time: Duration, taking took: Duration = .milliseconds(20)
    ) -> Range<Int>? {
        guard let slice = mirror.slice(at: start + time) else { return nil }
        mirror.take(StockBits(unitCount: slice.count), of: slice, from: start + time, to: start + time + took)
        return slice
    }

    @Test("The first reading does not rest, and then a slice rests a hundred times as long as it took")
    func pace() {
        var mirror = LedgerMirror(unitCount: 200, unitsPerSlice: 64)
        let slices = (0..<4).map { _ in read(&mirror, at: .zero) }
        #expect(slices == [0..<64, 64..<128, 128..<192, 192..<200])
        #expect(mirror.isWhole)
        #expect(read(&mirror, at: .milliseconds(2_019)) == nil)
        #expect(read(&mirror, at: .milliseconds(2_020), taking: .milliseconds(1)) == 0..<64)
        #expect(read(&mirror, at: .milliseconds(3_020)) == nil, "it rests for a second at least")
        #expect(read(&mirror, at: .milliseconds(3_021)) == 64..<128)
    }

    @Test("Started over it reads everything again at once")
    func again() {
        var mirror = LedgerMirror(unitCount: 128, unitsPerSlice: 64)
        for _ in 0..<2 { _ = read(&mirror, at: .zero) }
        mirror.startOver()
        #expect(!mirror.isWhole)
        #expect((0..<3).map { _ in read(&mirror, at: .zero) } == [0..<64, 64..<128, nil])
    }

    @Test("Changes that a slice has already seen leave the unit as the last of them did")
    func replay() {
        var mirror = LedgerMirror(unitCount: sale.unitCount)
        let unit = Unit(item: 3, number: 2)
        var part = StockBits(unitCount: sale.unitCount)
        part.markSold(5)
        mirror.take(part, of: 0..<200, from: start, to: start)
        for kind in [UnitChange.Kind.held, .free, .held, .doubted, .sold] {
            mirror.take(UnitChange(kind, [unit]), of: sale)
        }
        #expect(mirror.stock == part)
    }

    @Test("A unit that was looked at is as it was seen")
    func look() {
        var mirror = LedgerMirror(unitCount: 3)
        mirror.take(.sold(nil), of: 1)
        #expect(mirror.stock.count == StockCount(free: 2, held: 0, sold: 1))
        mirror.take(.unknown, of: 1)
        #expect(mirror.stock.sold.contains(1))
        mirror.take(.free, of: 1)
        #expect(mirror.stock == StockBits(unitCount: 3))
    }
}
