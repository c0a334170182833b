// The drift check's decisions: what it mends, how soon, and what it leaves alone.

import Testing

@testable import FlashSale

@Suite struct DriftWatchTests {
    private let start = ContinuousClock.now
    private let sale = Sale(
        id: SaleID(1), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1_000_000),
        itemCount: 20,
        stockPerItem: 1, maxItemsPerBuyer: 10, hold: .seconds(1), epoch: 1)

    private func hold(_ item: Int32, code: UInt64 = 1) -> Hold {
        Hold(
            unit: Unit(item: item, number: 1), code: CheckoutCode(sale: sale.id, high: 0, low: code),
            buyer: BuyerID("ann")!, expiresAt: sale.endedAt)
    }

    private func states(
        held: [Int32: UInt64] = [:], sold: [Int32: Hold?] = [:], reservedFor ages: [Int32: Duration] = [:]
    ) -> [UnitState] {
        (1...sale.itemCount).map { item in
            if let hold = sold[item] { return .sold(hold) }
            return held[item].map { .held(hold(item, code: $0), reservedFor: ages[item]) } ?? .free
        }
    }

    private func bits(held: [Int] = [], sold: [Int] = [], of unitCount: Int = 20) -> StockBits {
        var stock = StockBits(unitCount: unitCount)
        for ordinal in held { stock.markHeld(ordinal) }
        for ordinal in sold { stock.markSold(ordinal) }
        return stock
    }

    /// The mendings at each of these times.
    private func mendings(
        ledger: [UnitState], gate: [UnitState], after times: [Duration]
    ) -> [[DriftWatch.Mending]] {
        var watch = DriftWatch(unitCount: sale.unitCount)
        return times.map { watch.judge(Array(ledger.indices), gate: gate, ledger: ledger, at: start + $0) }
    }

    @Test("Stores that agree need no mending")
    func agreement() {
        let ledger = states(held: [3: 1, 17: 2], sold: [5: hold(5), 20: hold(20)])
        let gate = states(held: [3: 1, 17: 2], sold: [5: nil, 20: nil])
        #expect(mendings(ledger: ledger, gate: gate, after: [.zero, .seconds(10)]) == [[], []])
    }

    @Test(
        "A sold unit that the gate does not know is told after it has stood, held there or not",
        arguments: [[:], [4: 1], [4: 2]])
    func sold(held: [Int32: UInt64]) {
        let ledger = states(sold: [4: hold(4)])
        let gate = states(held: held)
        let told = mendings(ledger: ledger, gate: gate, after: [.zero, .milliseconds(999), .seconds(1)])
        #expect(told == [[], [], [.tell(.sold(hold(4)))]])
    }

    @Test("A hold that the gate lacks, or has under another code, is told after it has stood")
    func held() {
        let ledger = states(held: [2: 1, 8: 5])
        let gate = states(held: [8: 6])
        let told = mendings(ledger: ledger, gate: gate, after: [.zero, .milliseconds(900), .seconds(1)])
        #expect(told == [[], [], [.tell(.held(hold(2))), .tell(.held(hold(8, code: 5)))]])
    }

    @Test("A reservation that the ledger does not have is released only after twice the request deadline")
    func reservation() {
        let times: [Duration] = [.zero, .milliseconds(3_999), .seconds(4)]
        let gate = states(held: [6: 1], reservedFor: [6: .zero])
        let told = mendings(ledger: states(), gate: gate, after: times)
        #expect(told == [[], [], [.tell(.released(hold(6)))]])
    }

    @Test("A confirmed hold that the ledger does not have has ended, and is mended like any other difference")
    func endedHold() {
        let times: [Duration] = [.zero, .milliseconds(999), .seconds(1)]
        let told = mendings(ledger: states(), gate: states(held: [6: 1]), after: times)
        #expect(told == [[], [], [.tell(.released(hold(6)))]])
    }

    @Test("The age of a reservation counts, each by itself")
    func reservationOfKnownAge() {
        var watch = DriftWatch(unitCount: sale.unitCount)
        func judge(_ ages: [Int32: Duration], after time: Duration) -> [DriftWatch.Mending] {
            let gate = states(held: [6: 1, 9: 2], reservedFor: ages)
            return watch.judge(Array(gate.indices), gate: gate, ledger: states(), at: start + time)
        }
        #expect(judge([6: .milliseconds(3_600), 9: .milliseconds(100)], after: .zero).isEmpty)
        #expect(judge([6: .milliseconds(3_899), 9: .milliseconds(399)], after: .milliseconds(299)).isEmpty)
        let first = judge([6: .seconds(4), 9: .milliseconds(500)], after: .milliseconds(400))
        #expect(first == [.tell(.released(hold(6)))])
        let second = judge([9: .seconds(4)], after: .milliseconds(3_900))
        #expect(second.contains(.tell(.released(hold(9, code: 2)))))
    }

    @Test("The age of a reservation does not count for a difference of another kind")
    func ageOfAnotherKind() {
        let gate = states(held: [8: 6], reservedFor: [8: .seconds(60)])
        #expect(mendings(ledger: states(held: [8: 5]), gate: gate, after: [.zero, .milliseconds(900)]) == [[], []])
    }

    @Test("A difference that changes starts over, and one that is gone is forgotten")
    func changing() {
        var watch = DriftWatch(unitCount: sale.unitCount)
        func judge(_ held: [Int32: UInt64], after time: Duration) -> [DriftWatch.Mending] {
            let gate = states(held: held, reservedFor: [6: .zero])
            return watch.judge(Array(gate.indices), gate: gate, ledger: states(), at: start + time)
        }
        #expect(judge([6: 1], after: .zero).isEmpty)
        #expect(judge([6: 2], after: .seconds(4)).isEmpty)
        #expect(judge([6: 2], after: .seconds(7)).isEmpty)
        #expect(judge([6: 2], after: .seconds(8)).count == 1)
        #expect(judge([:], after: .seconds(9)).isEmpty)
        #expect(judge([6: 2], after: .seconds(10)).isEmpty)
    }

    @Test("A unit that is sold only in the gate, or whose state there is unknown, asks for a rebuild")
    func impossible() {
        var gate = states(sold: [6: nil])
        #expect(mendings(ledger: states(), gate: gate, after: [.zero, .seconds(1)]) == [[], [.rebuild]])
        gate[5] = .unknown
        #expect(mendings(ledger: states(held: [6: 1]), gate: gate, after: [.zero, .seconds(1)]) == [[], [.rebuild]])
    }

    @Test("Suspects are all differences at first, and then those that stand")
    func suspects() {
        var watch = DriftWatch(unitCount: 20)
        #expect(watch.suspects(gate: bits(held: [3]), ledger: bits(sold: [7])) == [3, 7])
        #expect(watch.suspects(gate: bits(held: [3, 9]), ledger: bits()) == [3])
        #expect(watch.suspects(gate: bits(held: [9]), ledger: bits()) == [9])
        #expect(watch.suspects(gate: bits(), ledger: bits()) == [])
    }

    @Test("A difference that a look has found stays a suspect until a look finds none")
    func sighted() {
        var watch = DriftWatch(unitCount: 20)
        let both = bits(held: [3])
        watch.doubt(3)
        #expect(watch.suspects(gate: both, ledger: both) == [3])
        func held(_ code: UInt64) -> UnitState { .held(hold(4, code: code), reservedFor: nil) }
        _ = watch.judge([3], gate: [held(1)], ledger: [held(2)], at: start)
        #expect(watch.suspects(gate: both, ledger: both) == [3])
        #expect(watch.drift == 1)
        _ = watch.judge([3], gate: [held(2)], ledger: [held(2)], at: start + .seconds(1))
        #expect(watch.suspects(gate: both, ledger: both) == [])
        #expect(watch.drift == 0)
    }

    @Test("More suspects than fit into a look have their turn in the next, and doubts come last")
    func turns() {
        let count = DriftWatch.suspectsMax * 2
        var watch = DriftWatch(unitCount: count * 2)
        watch.doubt(count)
        let gate = bits(held: Array(0..<count), of: count * 2)
        let ledger = bits(of: count * 2)
        let looks = (0..<3).map { _ in watch.suspects(gate: gate, ledger: ledger) ?? [] }
        #expect(looks.map { $0.first } == [0, DriftWatch.suspectsMax, 0])
        #expect(looks.allSatisfy { $0.count == DriftWatch.suspectsMax })
        #expect(watch.suspects(gate: ledger, ledger: ledger) == [count])
    }

    @Test("Units that were held when the first comparison was made are looked at once, some in each look")
    func inherited() {
        let count = DriftWatch.inheritedMax
        var watch = DriftWatch(unitCount: count * 2)
        var (gate, ledger) = (bits(held: Array(0...count), of: count * 2), bits(held: Array(0...count), of: count * 2))
        let first = watch.suspects(gate: gate, ledger: ledger)
        #expect(first == Array(0..<count))
        let agreed = [UnitState](repeating: .free, count: count)
        _ = watch.judge(Array(0..<count), gate: agreed, ledger: agreed, at: start)
        gate.markHeld(count + 1)
        ledger.markHeld(count + 1)
        #expect(watch.suspects(gate: gate, ledger: ledger) == [count], "what is held later is told by the ledger")
        _ = watch.judge([count], gate: [.free], ledger: [.free], at: start)
        #expect(watch.suspects(gate: gate, ledger: ledger) == [])
    }

    @Test("If too many units differ, there are no suspects")
    func tooMany() {
        let count = DriftWatch.differencesMax
        var watch = DriftWatch(unitCount: count + 1)
        let ledger = bits(of: count + 1)
        #expect(watch.suspects(gate: bits(held: Array(0..<count), of: count + 1), ledger: ledger) != nil)
        #expect(watch.suspects(gate: bits(held: Array(0...count), of: count + 1), ledger: ledger) != nil, "one is new")
        #expect(watch.suspects(gate: bits(held: Array(0...count), of: count + 1), ledger: ledger) == nil)
    }

    @Test(
        "Drift is how many units differ, and below zero if the gate has fewer free ones",
        arguments: [
            ([], [], 0), ([1], [], 1), ([], [1], -1), ([1], [2], 2), ([1], [1], 0), ([], [1, 2], -2),
            ([1], [2, 3], -3),
        ] as [([Int], [Int], Int)])
    func drift(ledger: [Int], gate: [Int], expected: Int) {
        var watch = DriftWatch(unitCount: 20)
        #expect(watch.drift == 0)
        _ = watch.suspects(gate: bits(held: gate), ledger: bits(held: ledger))
        #expect(watch.drift == expected)
    }
}
