// The turns of a duty's sales, and a runner that keeps to them.

import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@testable import FlashSale

@Suite(.timeLimit(.minutes(1))) struct DutyTurnsTests {
    private static let many = (1...Int32(DutyTurns.runsAtOnce + 3)).map(sale)

    private static func sale(_ number: Int32) -> Sale {
        Sale(
            id: SaleID(number), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 100),
            itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(60), epoch: 1)
    }

    /// The numbers of the sales whose runs begin now; 0 for a run for none.
    private func begun(_ turns: inout DutyTurns) -> [Int32] {
        var numbers: [Int32] = []
        while let sale = turns.begin() { numbers.append(sale?.id.number ?? 0) }
        return numbers
    }

    @Test("Only some run at once, and whoever has rested waits behind those that have not run")
    func order() {
        var turns = DutyTurns()
        turns.look(at: Self.many)
        #expect(begun(&turns) == Array(1...8))
        turns.ask(SaleID(1))
        #expect(begun(&turns) == [], "a sale that rests has ended its run before")
        for _ in 1...4 { turns.end() }
        #expect(begun(&turns) == [9, 10, 11, 1])
    }

    @Test("A sale that is new waits behind the others, and one that is over has no further turn")
    func comingAndGoing() {
        var turns = DutyTurns()
        turns.look(at: Self.many)
        _ = begun(&turns)
        turns.look(at: Self.many.dropLast() + [Self.sale(20)])
        for _ in 1...8 { turns.end() }
        #expect(begun(&turns) == [9, 10, 20])
        turns.look(at: Self.many)
        #expect(begun(&turns) == [11], "and it may come back")
    }

    @Test("Without a sale there are runs for none, until there is one")
    func none() {
        var turns = DutyTurns()
        turns.look(at: [])
        #expect(begun(&turns) == [0])
        turns.end()
        turns.look(at: [])
        #expect(begun(&turns) == [], "it rests")
        turns.ask(nil)
        #expect(begun(&turns) == [0])
        turns.end()
        turns.look(at: [Self.sale(1)])
        turns.ask(nil)
        #expect(begun(&turns) == [1])
    }

    @Test("A runner has few runs at work, and each sale's turn comes again")
    func runner() async throws {
        let load = Mutex((now: 0, most: 0))
        let (sales, ran) = AsyncStream.makeStream(of: SaleID?.self)
        let runner = DutyRunner(
            .sweeper, under: InMemoryDutyLock(store: InMemoryDutyLock.Store()), every: .milliseconds(1),
            clock: ContinuousClock(), logger: .silent, sales: { Self.many }
        ) { sale, _ in
            load.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 1...10 { await Task.yield() }
            load.withLock { $0.now -= 1 }
            ran.yield(sale?.id)
            return .done
        }
        let running = Task { await runner.run() }
        var counts: [SaleID?: Int] = [:]
        for await sale in sales {
            counts[sale, default: 0] += 1
            if counts.count == Self.many.count, counts.values.allSatisfy({ $0 > 2 }) { break }
        }
        running.cancel()
        await running.value
        #expect((1...DutyTurns.runsAtOnce).contains(load.withLock { $0.most }))
    }
}
