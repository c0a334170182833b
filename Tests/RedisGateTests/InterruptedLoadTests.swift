// Loads of the gate that facts or other loads come between.

import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Testing

@Suite("Loads that something comes between")
struct InterruptedLoadTests {
    @Test("Facts that were committed during a load are in the loaded sale")
    func factsDuringLoad() async throws {
        let interruption = LoadInterruption(afterPiece: 3)
        try await GateFixture.withServer(middleware: [interruption]) { fixture, _ async throws in
            let sale = GateFixture.sale()
            let sold = try fixture.hold(2, of: sale)
            interruption.set { await fixture.gate.tell([.sold(sold)], of: sale) }
            #expect(await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
            #expect(await fixture.gate.count(sale) == StockCount(free: 3, held: 0, sold: 1))
        }
    }

    @Test("A load that another load interrupts counts for nothing", arguments: [1, 2], [1, 2, 3, 4, 5])
    func interruptedLoad(epoch: Int32, piece: Int) async throws {
        let interruption = LoadInterruption(afterPiece: piece)
        try await GateFixture.withServer(middleware: [interruption]) { fixture, _ async throws in
            let sale = GateFixture.sale()
            var other = StockSnapshot(unitCount: sale.unitCount)
            other.markSold(0)
            let snapshot = other
            interruption.set { #expect(await fixture.gate.load(snapshot, of: sale, epoch: epoch)) }
            let isLoaded = await fixture.gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale)
            #expect(!isLoaded)
            #expect(await fixture.gate.snapshot(of: sale) == snapshot)
        }
    }

    @Test("The next load removes what one that another has interrupted had written")
    func interruptedLoadLeavesNothing() async throws {
        let interruption = LoadInterruption(afterPiece: 4)
        try await GateFixture.withServer(middleware: [interruption]) { fixture, _ async throws in
            let sale = GateFixture.sale()
            let snapshot = StockSnapshot(unitCount: sale.unitCount)
            interruption.set { #expect(await fixture.gate.load(snapshot, of: sale, epoch: 2)) }
            let isLoaded = await fixture.gate.load(snapshot, of: sale)
            #expect(!isLoaded)
            let names = try await fixture.redis("KEYS", "*").array?.compactMap(\.string) ?? []
            #expect(names.count == 5 && !names.contains { $0.contains(":1:") }, "\(names)")
        }
    }
}
