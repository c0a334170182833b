// Answers for everybody: made once, for a moment, and never kept if they are refusals.

import NIOCore
import Synchronization
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("Shared answers")
struct SharedAnswersTests {
    /// Makes answers, holds them back while it is closed, and counts them. Its clock stands until it is moved.
    private final class Maker: Sendable {
        private struct State {
            var made = 0
            var now = ContinuousClock.now
            var isOpen: Bool
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Mutex<State>

        init(isOpen: Bool = true) {
            state = Mutex(State(isOpen: isOpen))
        }

        var made: Int { state.withLock { $0.made } }
        var now: ContinuousClock.Instant { state.withLock { $0.now } }

        func advance(by time: Duration) { state.withLock { $0.now += time } }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            for waiter in waiting { waiter.resume() }
        }

        func make(_ reply: Reply = .answer(.text("page"))) async -> Reply {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    state.made += 1
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return reply
        }
    }

    private func text(_ reply: Reply) -> String? {
        guard case .answer(let answer) = reply else { return nil }
        return String(buffer: answer.body)
    }

    @Test("All that ask at the same time, or within a moment, get one answer; then it is made anew")
    func once() async {
        let maker = Maker(isOpen: false)
        let shared = SharedAnswers<Int>(entriesMax: 4) { maker.now }
        async let first = shared.reply(for: 1) { await maker.make() }
        async let second = shared.reply(for: 1) { await maker.make() }
        maker.open()
        #expect(await [first, second].map(text) == ["page", "page"])
        maker.advance(by: SharedAnswers<Int>.age - .milliseconds(1))
        #expect(await text(shared.reply(for: 1) { await maker.make() }) == "page")
        #expect(maker.made == 1)
        maker.advance(by: .milliseconds(1))
        #expect(await text(shared.reply(for: 1) { await maker.make(.answer(.text("later"))) }) == "later")
        #expect(await text(shared.reply(for: 2) { await maker.make(.answer(.text("other"))) }) == "other")
        #expect(maker.made == 3)
    }

    @Test("A refusal is not remembered")
    func refusal() async {
        let maker = Maker()
        let shared = SharedAnswers<Int>(entriesMax: 4) { maker.now }
        #expect(await text(shared.reply(for: 1) { await maker.make(.refused(.timeout)) }) == nil)
        #expect(await text(shared.reply(for: 1) { await maker.make() }) == "page")
        #expect(maker.made == 2)
    }

    @Test("A request that ends takes the answer from nobody")
    func cancelled() async {
        let maker = Maker(isOpen: false)
        let shared = SharedAnswers<Int>(entriesMax: 4) { maker.now }
        let first = Task { await shared.reply(for: 1) { Task.isCancelled ? .refused(.timeout) : await maker.make() } }
        first.cancel()
        maker.open()
        #expect(await text(first.value) == "page")
        #expect(await text(shared.reply(for: 1) { await maker.make() }) == "page")
        #expect(maker.made == 1)
    }

    @Test("Answers beyond the most are made for each request, until old ones make room")
    func bounded() async {
        let maker = Maker()
        let shared = SharedAnswers<Int>(entriesMax: 2) { maker.now }
        for key in [1, 2, 3, 3, 1] { _ = await shared.reply(for: key) { await maker.make() } }
        #expect(maker.made == 4)
        maker.advance(by: SharedAnswers<Int>.age)
        for _ in 0..<2 { _ = await shared.reply(for: 3) { await maker.make() } }
        #expect(maker.made == 5)
    }
}
