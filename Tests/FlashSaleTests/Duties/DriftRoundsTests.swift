// Which part of a sale the drift check looks at next, and when.

import Testing

@testable import FlashSale

@Suite struct DriftRoundsTests {
    private let start = ContinuousClock.now

    private func sale(items: Int32, stock: Int32 = 1) -> Sale {
        Sale(
            id: SaleID(1), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1_000_000),
            itemCount: items, stockPerItem: stock, maxItemsPerBuyer: 10, hold: .seconds(1), epoch: 1)
    }

    /// The items of the next looks, and when each begins. Each look takes the same time.
    private func looks(
        _ count: Int, in rounds: inout DriftRounds, from begin: Duration = .zero, taking took: Duration
    ) -> [(first: Int32, at: Duration)] {
        var time = begin
        return (0..<count).map { _ in
            let items = rounds.next()
            let look = (items.lowerBound, time)
            _ = rounds.looked(from: start + time, to: start + time + took)
            time += took
            time += rounds.pause(at: start + time, after: took)
            return look
        }
    }

    @Test(
        "Windows cover every item once, and divide none",
        arguments: [
            (10, 1, 4, [1...4, 5...8, 9...10]), (8, 1, 4, [1...4, 5...8]), (3, 3, 7, [1...2, 3...3]),
            (2, 9, 7, [1...1, 2...2]), (5, 1, 100, [1...5]), (1, 1, 1, [1...1]),
        ] as [(Int32, Int32, Int32, [ClosedRange<Int32>])])
    func windows(items: Int32, stock: Int32, units: Int32, expected: [ClosedRange<Int32>]) {
        var rounds = DriftRounds(of: sale(items: items, stock: stock), unitsPerWindow: units, at: start)
        let windows = expected.indices.map { place in
            let items = rounds.next()
            _ = rounds.looked(from: start + .milliseconds(place), to: start + .milliseconds(place))
            return items
        }
        #expect(windows == expected)
        #expect(rounds.next() == expected[0])
    }

    @Test("The first round does not rest, later ones rest as long as they look, and a window waits 2 s or more")
    func pace() {
        var rounds = DriftRounds(of: sale(items: 3), unitsPerWindow: 1, at: start)
        let looks = looks(6, in: &rounds, taking: .milliseconds(400))
        #expect(looks.map(\.first) == [1, 2, 3, 1, 2, 3])
        #expect(looks.map(\.at) == [0, 400, 800, 2_000, 2_800, 3_600].map { .milliseconds($0) })
    }

    @Test("A sale that is too large for the interval takes half of the time, and every window has its turn")
    func large() {
        var rounds = DriftRounds(of: sale(items: 50), unitsPerWindow: 1, at: start)
        let looks = looks(200, in: &rounds, taking: .milliseconds(100))
        #expect(looks.map(\.first) == (0..<200).map { Int32($0 % 50 + 1) })
        #expect(looks[199].at - looks[149].at == .seconds(10))
    }

    @Test("An extra look does not move a window's regular look, and other windows have theirs meanwhile")
    func again() {
        var rounds = DriftRounds(of: sale(items: 2), unitsPerWindow: 1, at: start)
        func look(at time: Duration, again: Duration? = nil) -> Int32 {
            let items = rounds.next()
            _ = rounds.looked(from: start + time, to: start + time)
            if let again { rounds.lookAgain(at: start + again, after: start + time) }
            return items.lowerBound
        }
        #expect(look(at: .zero, again: .seconds(1)) == 1)
        #expect(look(at: .zero) == 2)
        #expect(rounds.pause(at: start, after: .zero) == .seconds(1))
        #expect(look(at: .seconds(1), again: .milliseconds(1_001)) == 1)
        #expect(rounds.pause(at: start + .seconds(1), after: .zero) == .milliseconds(100), "it was asked too soon")
        #expect(look(at: .milliseconds(1_100), again: .seconds(9)) == 1)
        #expect(rounds.pause(at: start + .milliseconds(1_100), after: .zero) == .milliseconds(900))
        #expect(look(at: .seconds(2)) == 1)
        #expect(look(at: .seconds(2)) == 2)
    }

    @Test("An extra look does not wait for all regular looks of a large sale")
    func overdue() {
        var rounds = DriftRounds(of: sale(items: 4), unitsPerWindow: 1, at: start)
        let begin = looks(7, in: &rounds, taking: .milliseconds(350))[6].at + .milliseconds(700)
        let fourth = rounds.next()
        #expect(fourth == 4...4)
        let end = start + begin + .milliseconds(350)
        #expect(rounds.looked(from: start + begin, to: end) == end)
        rounds.lookAgain(at: end + .seconds(1), after: end)
        let later = looks(3, in: &rounds, from: begin + .milliseconds(700), taking: .milliseconds(350))
        #expect(later.map(\.first).contains(4))
    }

    @Test("Only a regular look changes when its window was seen")
    func regular() {
        var rounds = DriftRounds(of: sale(items: 1), unitsPerWindow: 1, at: start)
        func seen(at time: Duration) -> Duration {
            _ = rounds.next()
            return rounds.looked(from: start + time, to: start + time + .milliseconds(50)) - start
        }
        #expect(seen(at: .zero) == .milliseconds(50))
        #expect(seen(at: .seconds(1)) == .milliseconds(50))
        #expect(seen(at: .seconds(2)) == .milliseconds(2_050))
    }
}
