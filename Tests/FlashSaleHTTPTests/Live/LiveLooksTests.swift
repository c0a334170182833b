// Looks at many sales, some of which are slow.

import FlashSale
import Synchronization
import Testing

@testable import FlashSaleHTTP

@Suite("Looks at sales with listeners")
struct LiveLooksTests {
    /// Counts looks, and keeps those at some sales waiting.
    private final class Ledgers: Sendable {
        private let state = Mutex((counts: [SaleID: Int](), atOnce: 0, atOnceMax: 0, slow: Set<SaleID>()))

        init(slow: Set<SaleID>) { state.withLock { $0.slow = slow } }

        func release() { state.withLock { $0.slow = [] } }

        func count(_ sale: SaleID) -> Int { state.withLock { $0.counts[sale] ?? 0 } }

        var atOnceMax: Int { state.withLock { $0.atOnceMax } }

        func look(_ sale: SaleID) async {
            state.withLock { state in
                state.counts[sale, default: 0] += 1
                state.atOnce += 1
                state.atOnceMax = max(state.atOnceMax, state.atOnce)
            }
            while state.withLock({ $0.slow.contains(sale) }), !Task.isCancelled { await Task.yield() }
            state.withLock { $0.atOnce -= 1 }
        }
    }

    @Test("A sale whose ledger hangs keeps no other waiting, and is looked at once until it answers")
    func slow() async {
        let sales = (1...3).map { SaleID($0) }
        let (looks, ledgers) = (LiveLooks(), Ledgers(slow: [sales[0]]))
        for round in 1...3 {
            await looks.around(sales, within: .milliseconds(100)) { await ledgers.look($0) }
            #expect(ledgers.count(sales[0]) == 1)
            #expect(ledgers.count(sales[1]) == round && ledgers.count(sales[2]) == round)
        }
        ledgers.release()
        while ledgers.count(sales[0]) < 2, !Task.isCancelled {
            await looks.around(sales, within: .seconds(10)) { await ledgers.look($0) }
        }
    }

    @Test("A few at a time are looked at, and all of them in the end")
    func many() async {
        let sales = (1...200).map { SaleID($0) }
        let (looks, ledgers) = (LiveLooks(), Ledgers(slow: []))
        await looks.around(sales, within: .seconds(60)) { await ledgers.look($0) }
        #expect(sales.allSatisfy { ledgers.count($0) == 1 })
        #expect(ledgers.atOnceMax <= LiveLooks.looksAtOnce)
    }
}
