// The schedule: one sale after another, without a gap, on the boundaries.

import FlashSale
import Testing
import Textbook

@Suite struct SaleScheduleTests {
    private static let hour: Int64 = 3_600_000_000

    private func sale(_ id: Int32, from start: Int64, to end: Int64) -> Sale {
        Sale(
            id: SaleID(id), startedAt: Timestamp(microseconds: start), endedAt: Timestamp(microseconds: end),
            itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(1), epoch: 1)
    }

    private func next(_ sales: [Sale], now: Int64, length: Duration = .seconds(3_600)) -> [Int64]? {
        let agenda = Agenda(sales: sales, latest: sales.map(\.id).max(), readAt: Timestamp(microseconds: now))
        return SaleSchedule(length: length).next(after: agenda).map { [$0.start.microseconds, $0.end.microseconds] }
    }

    @Test("A service started at :40 opens a sale until the hour")
    func firstSale() {
        let now = 10 * Self.hour + 40 * 60_000_000
        #expect(next([], now: now) == [now, 11 * Self.hour])
    }

    @Test("A remainder that is shorter than the lead is added to the next slot")
    func shortRemainder() {
        let now = 11 * Self.hour - 5_000_000
        #expect(next([], now: now) == [now, 12 * Self.hour])
    }

    @Test("No sale is created while the present one lasts longer than the lead")
    func covered() {
        let now = 10 * Self.hour
        let active = sale(1, from: now - 1, to: now + 31_000_000)
        #expect(next([active], now: now) == nil)
    }

    @Test("The next sale is created 30 s ahead and starts when the last one ends")
    func ahead() {
        let now = 11 * Self.hour - 30_000_000
        let active = sale(1, from: 10 * Self.hour, to: 11 * Self.hour)
        #expect(next([active], now: now) == [11 * Self.hour, 12 * Self.hour])
    }

    @Test("A sale that an operator planned ends the scheduled one before it")
    func manual() {
        let now = 10 * Self.hour
        let manual = sale(2, from: now + 600_000_000, to: now + 900_000_000)
        #expect(next([manual], now: now) == [now, now + 600_000_000])
        let filler = sale(3, from: now, to: now + 600_000_000)
        #expect(next([manual, filler], now: now) == nil)
        #expect(next([manual, filler], now: now + 880_000_000) == [now + 900_000_000, 11 * Self.hour])
    }

    @Test("A seeded day of ticks leaves no gap and no overlap", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func noGaps(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var now = Int64.random(in: 0..<Self.hour, using: &generator)
        let begin = now
        var sales: [Sale] = []
        for _ in 0..<2_000 {
            while let window = next(sales.filter { $0.endedAt.microseconds > now }, now: now, length: .seconds(60)) {
                #expect(window[0] < window[1])
                sales.append(sale(Int32(sales.count + 1), from: window[0], to: window[1]))
            }
            now += Int64.random(in: 1..<25_000_000, using: &generator)
        }
        #expect(sales.first?.startedAt.microseconds == begin)
        for (left, right) in zip(sales, sales.dropFirst()) {
            #expect(left.endedAt == right.startedAt, "seed \(seed): \(left.id) and \(right.id) do not meet")
        }
    }
}
