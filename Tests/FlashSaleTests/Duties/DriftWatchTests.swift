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

    private func snapshot(held: [Int32: UInt64] = [:], sold: [Int32] = []) -> StockSnapshot {
        var snapshot = StockSnapshot(unitCount: sale.unitCount)
        for (item, code) in held { snapshot.markHeld(Int(item) - 1, by: hold(item, code: code)) }
        for item in sold { snapshot.markSold(Int(item) - 1) }
        return snapshot
    }

    /// The mendings at each of these times.
    private func mendings(
        ledger: StockSnapshot, gate: StockSnapshot, after times: [Duration]
    ) -> [[DriftWatch.Mending]] {
        var watch = DriftWatch()
        return times.map { time in
            watch.compare(
                ledger: ledger, gate: gate, firstItem: 1, unit: { sale.unit(at: $0) }, at: start + time)
        }
    }

    @Test("Stores that agree need no mending")
    func agreement() {
        let both = snapshot(held: [3: 1, 17: 2], sold: [5, 20])
        #expect(mendings(ledger: both, gate: both, after: [.zero, .seconds(10)]) == [[], []])
    }

    @Test(
        "A sold unit that the gate does not know asks for a rebuild, held there or not", arguments: [[:], [4: 1]])
    func sold(held: [Int32: UInt64]) {
        let ledger = snapshot(sold: [4])
        let told = mendings(ledger: ledger, gate: snapshot(held: held), after: [.zero, .seconds(1)])
        #expect(told == [[], [.rebuild]])
    }

    @Test("A hold that the gate lacks, or has under another code, is told after it has stood")
    func held() {
        let ledger = snapshot(held: [2: 1, 8: 5])
        let gate = snapshot(held: [8: 6])
        let told = mendings(ledger: ledger, gate: gate, after: [.zero, .milliseconds(900), .seconds(1)])
        #expect(told == [[], [], [.tell(.held(hold(2))), .tell(.held(hold(8, code: 5)))]])
    }

    @Test("A reservation that the ledger does not have is released only after twice the request deadline")
    func reservation() {
        let times: [Duration] = [.zero, .milliseconds(3_999), .seconds(4)]
        var gate = snapshot(held: [6: 1])
        gate.reservedFor = [5: .zero]
        let told = mendings(ledger: snapshot(), gate: gate, after: times)
        #expect(told == [[], [], [.tell(.released(hold(6)))]])
    }

    @Test("A confirmed hold that the ledger does not have has ended, and is mended like any other difference")
    func endedHold() {
        let times: [Duration] = [.zero, .milliseconds(999), .seconds(1)]
        let told = mendings(ledger: snapshot(), gate: snapshot(held: [6: 1]), after: times)
        #expect(told == [[], [], [.tell(.released(hold(6)))]])
    }

    @Test("The age of a reservation counts, and tells when it will be released")
    func reservationOfKnownAge() {
        var watch = DriftWatch()
        var gate = snapshot(held: [6: 1, 9: 2])
        func compare(after time: Duration) -> [DriftWatch.Mending] {
            watch.compare(
                ledger: snapshot(), gate: gate, firstItem: 1, unit: { sale.unit(at: $0) }, at: start + time)
        }
        gate.reservedFor = [5: .milliseconds(3_600), 8: .milliseconds(100)]
        #expect(compare(after: .zero).isEmpty)
        #expect(watch.due(in: 1, seenBy: start) == start + .milliseconds(400))
        #expect(compare(after: .milliseconds(299)).isEmpty)
        gate.reservedFor = [5: .seconds(4), 8: .milliseconds(500)]
        #expect(compare(after: .milliseconds(400)) == [.tell(.released(hold(6)))])
        #expect(watch.due(in: 1, seenBy: start) == start + .milliseconds(3_900))
    }

    @Test("What a regular look has seen comes due on time, even if a reservation comes due before")
    func seenAtOnce() {
        var watch = DriftWatch()
        var gate = snapshot(held: [6: 1])
        func compare(after time: Duration) -> [DriftWatch.Mending] {
            watch.compare(
                ledger: snapshot(sold: [4]), gate: gate, firstItem: 1, unit: { sale.unit(at: $0) }, at: start + time)
        }
        gate.reservedFor = [5: .milliseconds(3_600)]
        #expect(compare(after: .zero).isEmpty)
        #expect(watch.due(in: 1, seenBy: start) == start + .milliseconds(400))
        gate.reservedFor = [5: .seconds(4)]
        #expect(compare(after: .milliseconds(400)) == [.tell(.released(hold(6)))])
        gate = snapshot()
        #expect(watch.due(in: 1, seenBy: start) == start + .seconds(1))
        #expect(compare(after: .seconds(1)) == [.rebuild])
        #expect(watch.due(in: 1, seenBy: start) == nil)
    }

    @Test("What an extra look sees first waits for the regular look, in each window by itself")
    func laterDifference() {
        var watch = DriftWatch()
        func compare(sold: [Int32], after time: Duration) {
            _ = watch.compare(
                ledger: snapshot(sold: sold), gate: snapshot(), firstItem: 1, unit: { sale.unit(at: $0) },
                at: start + time)
        }
        compare(sold: [], after: .zero)
        compare(sold: [4], after: .milliseconds(1_500))
        #expect(watch.due(in: 1, seenBy: start) == nil)
        compare(sold: [4], after: .seconds(2))
        #expect(watch.due(in: 1, seenBy: start + .seconds(2)) == start + .milliseconds(2_500))
        #expect(watch.due(in: 21, seenBy: start + .seconds(2)) == nil)
    }

    @Test("The age of a reservation does not count for a difference of another kind")
    func ageOfAnotherKind() {
        var gate = snapshot(held: [8: 6])
        gate.reservedFor = [7: .seconds(60)]
        #expect(mendings(ledger: snapshot(held: [8: 5]), gate: gate, after: [.zero, .milliseconds(900)]) == [[], []])
    }

    @Test("A difference that changes starts over")
    func changing() {
        var watch = DriftWatch()
        func compare(code: UInt64, after time: Duration) -> [DriftWatch.Mending] {
            var gate = snapshot(held: [6: code])
            gate.reservedFor = [5: .zero]
            return watch.compare(
                ledger: snapshot(), gate: gate, firstItem: 1, unit: { sale.unit(at: $0) }, at: start + time)
        }
        #expect(compare(code: 1, after: .zero).isEmpty)
        #expect(compare(code: 2, after: .seconds(4)).isEmpty)
        #expect(compare(code: 2, after: .seconds(7)).isEmpty)
        #expect(compare(code: 2, after: .seconds(8)).count == 1)
    }

    @Test("A unit that is sold only in the gate asks for a rebuild")
    func impossible() {
        let gate = snapshot(sold: [6])
        #expect(mendings(ledger: snapshot(), gate: gate, after: [.zero, .seconds(1)]) == [[], [.rebuild]])
    }

    @Test(
        "Drift is how many units differ in all windows, and below zero if the gate has fewer free ones",
        arguments: [
            ([:], [:], 0), ([2: 1], [:], 1), ([:], [2: 1], -1), ([2: 1], [3: 1], 2), ([2: 1], [2: 2], 1),
            ([:], [2: 1, 3: 1], -2), ([2: 1], [3: 1, 4: 1], -3),
        ] as [([Int32: UInt64], [Int32: UInt64], Int)])
    func drift(ledger: [Int32: UInt64], gate: [Int32: UInt64], expected: Int) {
        var watch = DriftWatch()
        func compare(_ ledger: [Int32: UInt64], _ gate: [Int32: UInt64], firstItem: Int32) {
            _ = watch.compare(
                ledger: snapshot(held: ledger), gate: snapshot(held: gate), firstItem: firstItem,
                unit: { sale.unit(at: $0) }, at: start)
        }
        compare(ledger, gate, firstItem: 1)
        #expect(watch.drift == expected)
        compare([7: 1], [7: 1], firstItem: 21)
        #expect(watch.drift == expected, "a window that agrees hides nothing of another")
        compare(ledger, ledger, firstItem: 1)
        #expect(watch.drift == 0)
    }
}
