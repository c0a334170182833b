// The group commit's decisions, without a database: what is sent when, and that nothing is lost or sent twice.

import FlashSale
import Testing
import Textbook

@testable import PostgresLedger

@Suite struct GroupCommitStateTests {
    private typealias State = GroupCommitState<Int>

    private let start = ContinuousClock.now
    private let sale = SaleLane.whole(SaleID(1), nil)

    private func state(rowsMax: Int = 4, waitersMax: Int = 8) -> State {
        State(rowsMax: rowsMax, waitersMax: waitersMax, timeLeast: .milliseconds(50))
    }

    private func submit(
        _ entry: Int, to state: inout State, sale: SaleLane? = nil, within time: Duration = .seconds(2)
    ) -> State.Actions? {
        switch state.submit(entry, to: sale ?? self.sale, deadline: start + time) {
        case .queued: State.Actions()
        case .opened: state.fill(sale ?? self.sale, at: start)
        case .full: nil
        }
    }

    /// Ends the batch in flight, and fills the next one.
    private func finish(_ state: inout State, again: [State.Waiter] = []) -> State.Actions {
        state.finished(sale, again: again, at: start) ? state.fill(sale, at: start) : State.Actions()
    }

    @Test("a request that finds its sale idle is sent at once")
    func idle() {
        var state = state()
        #expect(submit(1, to: &state)?.start?.waiters.map(\.entry) == [1])
    }

    @Test("requests that come before a batch is filled are in it, and one of them opens it")
    func opened() {
        var state = state()
        for entry in 1...3 {
            let submission = state.submit(entry, to: sale, deadline: start + .seconds(2))
            guard case .opened = submission else {
                #expect(entry > 1)
                continue
            }
            #expect(entry == 1)
        }
        #expect(state.fill(sale, at: start).start?.waiters.map(\.entry) == [1, 2, 3])
    }

    @Test("while a batch is in flight the next one forms, up to its rows")
    func forming() {
        var state = state()
        _ = submit(0, to: &state)
        for entry in 1...6 { #expect(submit(entry, to: &state)?.start == nil) }
        #expect(finish(&state).start?.waiters.map(\.entry) == [1, 2, 3, 4])
        #expect(finish(&state).start?.waiters.map(\.entry) == [5, 6])
        #expect(finish(&state).start == nil)
    }

    @Test(
        "a batch takes half of those who wait, but few of them together, and no more than its rows",
        arguments: [(6, 6), (16, 16), (20, 16), (31, 16), (41, 20), (100, 40)])
    func half(waiting: Int, taken: Int) {
        var state = state(rowsMax: 40, waitersMax: 200)
        _ = submit(0, to: &state)
        for entry in 1...waiting { _ = submit(entry, to: &state) }
        let first = finish(&state).start?.waiters.map(\.entry)
        #expect(first == Array(1...taken))
    }

    @Test("a request that would wait too long for those before it is not taken in, until they are fewer")
    func time() {
        var state = State(rowsMax: 400, waitersMax: 8_000, waitMax: .milliseconds(30), timeLeast: .milliseconds(50))
        var now = start
        func finish(after time: Duration) -> State.Actions {
            now += time
            return state.finished(sale, again: [], at: now) ? state.fill(sale, at: now) : State.Actions()
        }
        _ = submit(0, to: &state)
        for entry in 1...8_000 where entry < 8_000 { #expect(submit(entry, to: &state) != nil, "nothing is known yet") }
        _ = finish(after: .milliseconds(1))
        #expect(state.takeDelay() == .zero)
        // 400 rows in 41 ms are 0.1 ms each; the first batch has shown that 1 ms is the batch's own.
        for _ in 0..<17 { _ = finish(after: .milliseconds(41)) }
        #expect(submit(9_000, to: &state) == nil)
        #expect(state.takeDelay() > .milliseconds(30))
        while state.waiting > 250 { _ = finish(after: .milliseconds(41)) }
        #expect(submit(9_001, to: &state) != nil)
        while state.waiting >= State.crowd { _ = finish(after: .milliseconds(41)) }
        _ = state.takeDelay()
        _ = finish(after: .milliseconds(41))
        #expect(state.takeDelay() == .zero, "the few that are left are no crowd")
    }

    @Test("few wait for a slow ledger, however long; from a crowd on nobody is taken in who would wait too long")
    func few() {
        var state = State(rowsMax: 40, waitersMax: 1_000, waitMax: .milliseconds(1), timeLeast: .milliseconds(50))
        for entry in 0...100 { _ = submit(entry, to: &state) }
        // A millisecond for a batch, and then one for each of 40 rows.
        for milliseconds in [1, 41] {
            _ = state.finished(sale, again: [], at: start + .milliseconds(milliseconds))
            _ = state.fill(sale, at: start)
        }
        #expect(state.waiting < State.crowd)
        var next = 101
        while submit(next, to: &state) != nil, next < 1_000 { next += 1 }
        #expect(state.waiting == State.crowd)
    }

    @Test("of two requests with a key in common the second waits for the next batch, in its turn")
    func keys() {
        var state = State(rowsMax: 4, waitersMax: 8, timeLeast: .milliseconds(50)) { entry, keys in
            keys.insert(.unit(Unit(item: 1, number: Int32(entry % 10)))).inserted
        }
        _ = submit(0, to: &state)
        for entry in [1, 11, 2, 21, 12] { _ = submit(entry, to: &state) }
        #expect(finish(&state).start?.waiters.map(\.entry) == [1, 2])
        #expect(state.waiting == 3)
        #expect(finish(&state).start?.waiters.map(\.entry) == [11, 12])
        #expect(finish(&state).start?.waiters.map(\.entry) == [21])
    }

    @Test("sales do not wait for each other")
    func sales() {
        var state = state()
        _ = submit(1, to: &state)
        #expect(submit(2, to: &state, sale: .whole(SaleID(2), nil))?.start?.waiters.map(\.entry) == [2])
    }

    @Test("rows that are to be decided again go first")
    func again() throws {
        var state = state()
        let first = try #require(submit(1, to: &state)?.start)
        _ = submit(2, to: &state)
        #expect(finish(&state, again: first.waiters).start?.waiters.map(\.entry) == [1, 2])
    }

    @Test("a full queue refuses, and takes again when a batch has left")
    func full() {
        var state = state()
        for entry in 0...8 { #expect(submit(entry, to: &state) != nil) }
        #expect(submit(9, to: &state) == nil)
        _ = finish(&state)
        #expect(submit(10, to: &state) != nil)
    }

    @Test("a request whose time is nearly up leaves, and no batch is cut short for it")
    func deadlines() throws {
        var state = state()
        _ = submit(0, to: &state)
        _ = submit(1, to: &state, within: .milliseconds(49))
        _ = submit(2, to: &state, within: .milliseconds(500))
        _ = submit(3, to: &state, within: .seconds(1))
        let actions = finish(&state)
        #expect(actions.expired.map(\.entry) == [1])
        let batch = try #require(actions.start)
        #expect(batch.waiters.map(\.entry) == [2, 3])
        #expect(batch.deadline == start + .milliseconds(500))
    }

    @Test("over a seeded walk every request is answered exactly once", arguments: [11, 12, 13] as [UInt64])
    func conservation(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var state = state(rowsMax: 16, waitersMax: 64)
        var inFlight: [SaleLane: State.Batch] = [:]
        var answered: Set<Int> = []
        var taken: Set<Int> = []
        func perform(_ actions: State.Actions) {
            for waiter in actions.expired { #expect(answered.insert(waiter.entry).inserted, "seed \(seed)") }
            if let batch = actions.start { #expect(inFlight.updateValue(batch, forKey: batch.lane) == nil) }
        }
        func finish(_ sale: SaleLane) {
            guard let batch = inFlight.removeValue(forKey: sale) else { return }
            let again = batch.waiters.filter { _ in generator.next() % 8 == 0 }
            for waiter in batch.waiters where !again.contains(where: { $0.entry == waiter.entry }) {
                #expect(answered.insert(waiter.entry).inserted, "seed \(seed)")
            }
            if state.finished(sale, again: again, at: start) { perform(state.fill(sale, at: start)) }
        }
        for entry in 0..<5_000 {
            let sale = SaleLane.whole(SaleID(Int32(generator.next() % 3) + 1), nil)
            let time = Duration.milliseconds(Int(generator.next() % 400))
            switch state.submit(entry, to: sale, deadline: start + time) {
            case .queued: taken.insert(entry)
            case .opened:
                taken.insert(entry)
                perform(state.fill(sale, at: start))
            case .full: break
            }
            if generator.next() % 4 == 0 { finish(.whole(SaleID(Int32(generator.next() % 3) + 1), nil)) }
        }
        while let sale = inFlight.keys.first { finish(sale) }
        #expect(answered == taken, "seed \(seed)")
        #expect(state.waiting == 0)
    }
}
