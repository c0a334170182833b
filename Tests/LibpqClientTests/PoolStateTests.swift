// The pool's decisions, without a server, a thread or a clock.

import Telemetry
import Testing
import Textbook

@testable import LibpqClient

@Suite struct PoolStateTests {
    private typealias Action = PoolState.Action
    private let start = ContinuousClock.now
    private var soon: ContinuousClock.Instant { start.advanced(by: .seconds(1)) }

    private func pool(
        min: Int = 0, max: Int = 2, waiters: Int = 3, idle: Duration? = nil, lifetime: Duration? = nil
    ) -> PoolState {
        PoolState(
            limits: PoolState.Limits(
                sessionsMin: min, sessionsMax: max, waitersMax: waiters, idleTimeout: idle, lifetime: lifetime),
            backoff: Backoff(.init(minimum: .milliseconds(100), maximum: .seconds(1)))
        )
    }

    private func session(_ number: UInt64) -> SessionID { SessionID(number: number) }
    private func waiter(_ number: UInt64) -> WaiterID { WaiterID(number: number) }

    /// A pool with one proven, idle session.
    private func warmPool(max: Int = 2) -> PoolState {
        var state = pool(max: max)
        _ = state.admit(waiter(1), deadline: soon)
        state.opening(session(1))
        _ = state.opened(session(1), now: start)
        state.answered(session(1))
        _ = state.sessionFreed(session(1), now: start)
        return state
    }

    private func lose(_ number: UInt64, in state: inout PoolState) -> [Action] {
        var generator = SplitMix64(seed: number)
        return state.lost(session(number), now: start, using: &generator)
    }

    @Test("The first call opens a session and gets it")
    func firstCall() {
        var state = pool()
        #expect(state.admit(waiter(1), deadline: soon) == [.open])
        state.opening(session(1))
        #expect(state.connectingCount == 1 && state.waiterCount == 1)
        #expect(state.opened(session(1), now: start) == [.assign(waiter(1), session(1))])
        #expect(state.activeCount == 1 && state.waiterCount == 0)
    }

    @Test("The pool opens sessions for waiting calls, up to the maximum")
    func maximum() {
        var state = pool(max: 2)
        #expect(state.admit(waiter(1), deadline: soon) == [.open])
        #expect(state.admit(waiter(2), deadline: soon) == [.open])
        #expect(state.admit(waiter(3), deadline: soon) == [])
    }

    @Test("A full queue refuses new calls, and waiting calls stay")
    func queueFull() {
        var state = pool(max: 1, waiters: 2)
        _ = state.admit(waiter(1), deadline: soon)
        _ = state.admit(waiter(2), deadline: soon)
        #expect(state.admit(waiter(3), deadline: soon) == [.refuse(waiter(3), .queueFull)])
        state.opening(session(1))
        #expect(state.opened(session(1), now: start) == [.assign(waiter(1), session(1))])
        #expect(state.sessionFreed(session(1), now: start) == [.assign(waiter(2), session(1))])
    }

    @Test("A call past its deadline leaves the queue, and the others keep their order")
    func deadline() {
        var state = pool(max: 1)
        _ = state.admit(waiter(1), deadline: soon)
        _ = state.admit(waiter(2), deadline: start)
        _ = state.admit(waiter(3), deadline: soon)
        #expect(state.earliestDeadline == start)
        #expect(state.expire(now: start) == [.refuse(waiter(2), .deadlineExceeded)])
        state.opening(session(1))
        #expect(state.opened(session(1), now: start) == [.assign(waiter(1), session(1))])
        #expect(state.sessionFreed(session(1), now: start) == [.assign(waiter(3), session(1))])
    }

    @Test("A cancelled call leaves the queue, once")
    func cancel() {
        var state = pool()
        _ = state.admit(waiter(1), deadline: soon)
        #expect(state.cancel(waiter(1)) == [.refuse(waiter(1), .cancelled)])
        #expect(state.cancel(waiter(1)) == [])
    }

    @Test("After two failed attempts all waiting calls fail, and later calls at once, until the next attempt")
    func unreachable() throws {
        var state = pool()
        _ = state.admit(waiter(1), deadline: soon)
        state.opening(session(1))
        guard case .retry(let first)? = lose(1, in: &state).first else { return #expect(Bool(false), "no pause") }
        #expect(state.retryDue(now: first) == [.open])
        state.opening(session(2))
        let actions = lose(2, in: &state)
        #expect(actions.last == .refuse(waiter(1), .unreachable))
        guard case .retry(let at) = try #require(actions.first) else { return #expect(Bool(false), "\(actions)") }
        #expect(at > start && at <= start.advanced(by: .milliseconds(200)))
        #expect(state.admit(waiter(2), deadline: soon) == [.refuse(waiter(2), .unreachable)])
        #expect(state.retryDue(now: start) == [])
        #expect(state.retryDue(now: at) == [])
        #expect(state.admit(waiter(3), deadline: soon) == [.open])
    }

    @Test("If new connections are cut before their first use, calls wait for the next attempt")
    func cutAtOnce() throws {
        var state = pool(min: 2, max: 3)
        _ = state.warm()
        state.opening(session(1))
        state.opening(session(2))
        _ = state.opened(session(1), now: start)
        _ = state.opened(session(2), now: start)
        guard case .retry(let at)? = lose(1, in: &state).first else { return #expect(Bool(false), "no pause") }
        #expect(lose(2, in: &state) == [])
        #expect(state.admit(waiter(1), deadline: soon) == [])
        #expect(state.retryDue(now: at) == [.open, .open])
        state.opening(session(3))
        #expect(state.opened(session(3), now: at) == [.assign(waiter(1), session(3))])
    }

    @Test("The pause doubles while attempts fail, until a call has a result")
    func backoff() {
        var state = pool(min: 1, max: 1)
        #expect(state.warm() == [.open])
        var now = start
        var pauses: [Duration] = []
        for number in 1...4 as ClosedRange<UInt64> {
            state.opening(session(number))
            var generator = SplitMix64(seed: number)
            guard case .retry(let at)? = state.lost(session(number), now: now, using: &generator).first else { return }
            pauses.append(at - now)
            now = at
            #expect(state.retryDue(now: now) == [.open])
        }
        #expect(pauses.last! >= .milliseconds(400))
        #expect(pauses.first! <= .milliseconds(100))
    }

    @Test("A proven session that breaks is replaced at once if a call waits")
    func replacement() {
        var state = warmPool(max: 1)
        #expect(state.admit(waiter(2), deadline: soon) == [.assign(waiter(2), session(1))])
        #expect(state.admit(waiter(3), deadline: soon) == [])
        #expect(lose(1, in: &state) == [.open])
        state.opening(session(2))
        #expect(state.opened(session(2), now: start) == [.assign(waiter(3), session(2))])
    }

    @Test("A session that breaks before its first result counts as a failed attempt")
    func unproven() {
        var state = pool(min: 1, max: 1)
        _ = state.warm()
        state.opening(session(1))
        #expect(state.opened(session(1), now: start) == [])
        guard case .retry? = lose(1, in: &state).last else { return #expect(Bool(false), "no pause") }
    }

    @Test("A session that the client closed is no failure of the server")
    func closedByUs() {
        var state = pool(max: 1)
        _ = state.admit(waiter(1), deadline: soon)
        state.opening(session(1))
        _ = state.opened(session(1), now: start)
        _ = state.admit(waiter(2), deadline: soon)
        var generator = SplitMix64(seed: 1)
        #expect(state.lost(session(1), isOurs: true, now: start, using: &generator) == [.open])
    }

    @Test("A broken idle session is not lent again")
    func brokenIdle() {
        var state = warmPool()
        #expect(lose(1, in: &state) == [])
        #expect(state.idleCount == 0)
        #expect(state.admit(waiter(2), deadline: soon) == [.open])
    }

    @Test("A warmed pool opens its minimum of sessions and keeps it")
    func minimum() {
        var state = pool(min: 2, max: 4)
        #expect(state.warm() == [.open, .open])
        for number in 1...2 as ClosedRange<UInt64> {
            state.opening(session(number))
            _ = state.opened(session(number), now: start)
        }
        #expect(state.idleCount == 2)
        state.answered(session(2))
        #expect(lose(2, in: &state) == [.open])
    }

    @Test("A shutdown refuses waiting and new calls, closes idle sessions, and lets busy ones end")
    func shutDown() {
        var state = warmPool(max: 1)
        _ = state.admit(waiter(2), deadline: soon)
        _ = state.admit(waiter(3), deadline: soon)
        #expect(state.shutDown() == [.refuse(waiter(3), .shutDown)])
        #expect(state.admit(waiter(4), deadline: soon) == [.refuse(waiter(4), .shutDown)])
        #expect(!state.isEmpty)
        #expect(state.sessionFreed(session(1), now: start) == [.close(session(1), .shutdown)])
        #expect(lose(1, in: &state) == [])
        #expect(state.isEmpty)
    }

    @Test("The session that was freed last is lent first")
    func lastFreedFirst() {
        var state = pool(max: 2)
        for number in 1...2 as ClosedRange<UInt64> {
            _ = state.admit(waiter(number), deadline: soon)
            state.opening(session(number))
            _ = state.opened(session(number), now: start)
        }
        _ = state.sessionFreed(session(1), now: start)
        _ = state.sessionFreed(session(2), now: start)
        #expect(state.admit(waiter(3), deadline: soon) == [.assign(waiter(3), session(2))])
    }

    /// A pool with so many sessions, all idle since `start`.
    private func idlePool(_ count: UInt64, min: Int, idle: Duration? = nil, lifetime: Duration? = nil) -> PoolState {
        var state = pool(min: min, max: Int(count), waiters: Int(count), idle: idle, lifetime: lifetime)
        for number in 1...count {
            _ = state.admit(waiter(number), deadline: soon)
            state.opening(session(number))
            _ = state.opened(session(number), now: start)
        }
        for number in 1...count { _ = state.sessionFreed(session(number), now: start) }
        return state
    }

    @Test("Sessions beyond the minimum are closed after the idle timeout")
    func idleTimeout() {
        var state = idlePool(3, min: 1, idle: .seconds(60))
        let end = start.advanced(by: .seconds(60))
        #expect(state.nextRetirement == end)
        #expect(state.retire(now: end.advanced(by: .nanoseconds(-1))) == [])
        #expect(state.retire(now: end) == [.close(session(1), .idle), .close(session(2), .idle)])
        var generator = SplitMix64(seed: 1)
        for number in 1...2 as ClosedRange<UInt64> {
            #expect(state.lost(session(number), isOurs: true, now: end, using: &generator) == [])
        }
        #expect(state.idleCount == 1 && state.nextRetirement == nil)
    }

    @Test("A session past its lifetime is closed when it is idle or freed, and the minimum is kept")
    func lifetime() {
        var state = idlePool(1, min: 1, lifetime: .seconds(160))
        _ = state.warm()
        let end = start.advanced(by: .seconds(159))
        #expect(state.retirement(of: session(1)) == end)
        #expect(state.retire(now: end.advanced(by: .nanoseconds(-1))) == [])
        var freed = state
        #expect(state.retire(now: end) == [.close(session(1), .lifetime)])
        var generator = SplitMix64(seed: 1)
        #expect(state.lost(session(1), isOurs: true, now: end, using: &generator) == [.open])
        _ = freed.admit(waiter(9), deadline: end.advanced(by: .seconds(1)))
        #expect(freed.retirement(of: session(1)) == nil)
        #expect(freed.sessionFreed(session(1), now: end) == [.close(session(1), .lifetime)])
    }

    @Test("Sessions that are opened together do not end together")
    func spread() {
        let state = idlePool(4, min: 4, lifetime: .seconds(160))
        let ends = (1...4 as ClosedRange<UInt64>).compactMap { state.retirement(of: session($0)) }
        #expect(Set(ends).count == 4)
        #expect(ends.allSatisfy { $0 > start.advanced(by: .seconds(144)) && $0 <= start.advanced(by: .seconds(160)) })
    }
}
