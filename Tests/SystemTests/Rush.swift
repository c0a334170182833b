// Buyers who go on buying while something is broken, and what they were told.

import FlashSaleTesting
import Glibc
import Synchronization
import Testing

/// A crowd without an end: each thread sends one buyer after the other, each of whom checks out one item and pays.
///
/// A buyer who hears nothing, or to come back, asks again with the same key until he knows: so every unknown outcome is
/// settled when the rush is over. Which items they want depends on the seed alone.
final class Rush: Sendable {
    /// What the buyers have seen.
    struct Tally: Sendable {
        var requests = 0
        /// Yeses, to checkouts and to purchases.
        var acknowledged = 0
        /// Answers that ask to come back.
        var unavailable = 0
        /// What they gave as their reasons.
        var reasons: Set<String> = []
        /// Requests of which nobody knows what they did, until they were sent again.
        var unknown = 0
        /// Connects that nobody accepted: no request was made.
        var refused = 0
        /// Numbers of the buyers who were told that they hold, and that they have bought.
        var holders: Set<Int> = []
        var payers: Set<Int> = []
        /// Of all answers.
        var slowest = Duration.zero
        var lastOrderAt: ContinuousClock.Instant?
        /// Answers that nobody should get.
        var strange: Set<String> = []

        /// In a sentence, for a timeline.
        var summary: String {
            """
            of \(requests) requests \(acknowledged) were told yes, \(unavailable) to come back \(reasons.sorted()), \
            \(unknown) nothing; \(refused) connects were refused; strange: \(strange.sorted())
            """
        }
    }

    private struct State {
        var tally = Tally()
        var ports: [Int]
        var nextBuyer = 0
        var isOver = false
    }

    private static let width = 8
    /// A buyer who has asked so long for nothing gives up.
    private static let patience = Duration.seconds(60)

    /// In milliseconds.
    private static let refusedPause: Int32 = 5

    private let sale: Int
    private let items: Int
    private let seed: UInt64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - items: how many the sale has.
    ///   - ports: of the services; a buyer who is not answered by one asks the next.
    init(sale: Int, items: Int, ports: [Int], seed: UInt64) {
        self.sale = sale
        self.items = items
        self.seed = seed
        state = Mutex(State(ports: ports))
    }

    var tally: Tally { state.withLock { $0.tally } }

    /// Sends buyers until the body returns and until the last of them knows what became of him.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        async let crowd = Crowd.run(Self.width, width: Self.width, ports: []) { [self] _, _ in work() }
        let result: Result
        do {
            result = try await body()
        } catch {
            state.withLock { $0.isOver = true }
            _ = try? await crowd
            throw error
        }
        state.withLock { $0.isOver = true }
        _ = try await crowd
        return result
    }

    /// Another service takes the place of one that is gone.
    func replace(_ port: Int, by other: Int) {
        state.withLock { state in
            state.ports = state.ports.map { $0 == port ? other : $0 }
        }
    }

    /// Waits until so many more purchases are acknowledged.
    func untilOrders(_ count: Int) async throws {
        let before = tally.payers.count
        let _: Bool = try await eventually("\(count) more purchases") {
            tally.payers.count >= before + count ? true : nil
        }
    }

    /// Waits until a buyer is told to come back.
    func untilUnavailable() async throws {
        let before = tally.unavailable
        let _: Bool = try await eventually("a 503") { tally.unavailable > before ? true : nil }
    }

    func hasOrder(since moment: ContinuousClock.Instant) -> Bool {
        tally.lastOrderAt.map { $0 > moment } ?? false
    }

    /// Waits for the first purchase acknowledged after a moment, and tells how long after.
    func recovery(since moment: ContinuousClock.Instant) async throws -> Duration {
        try await eventually("a purchase after the fault") {
            tally.lastOrderAt.flatMap { $0 > moment ? $0 - moment : nil }
        }
    }

    // MARK: The buyers

    private func work() {
        var connections: [Int: HTTPConnection] = [:]
        while let buyer = nextBuyer() {
            var generator = SeededGenerator(seed &+ UInt64(buyer) &* 7_919)
            let item = Int.random(in: 1...items, using: &generator)
            let checkout = ask("/checkout?user_id=buyer-\(buyer)&id=ITM-\(sale)-\(item)", "c-\(buyer)", &connections)
            guard let code = checkout?.code else { continue }
            state.withLock { _ = $0.tally.holders.insert(buyer) }
            if ask("/purchase?code=\(code)", "p-\(buyer)", &connections)?.status == 200 {
                state.withLock { state in
                    state.tally.payers.insert(buyer)
                    state.tally.lastOrderAt = .now
                }
            }
        }
    }

    private func nextBuyer() -> Int? {
        state.withLock { state in
            defer { state.nextBuyer += 1 }
            return state.isOver ? nil : state.nextBuyer
        }
    }

    /// Asks until there is an answer that is final.
    private func ask(_ target: String, _ key: String, _ connections: inout [Int: HTTPConnection]) -> HTTPAnswer? {
        let end = ContinuousClock.now + Self.patience
        for attempt in 0... {
            let start = ContinuousClock.now
            if start > end { break }
            let port = state.withLock { $0.ports[(key.utf8.reduce(0) { $0 + Int($1) } + attempt) % $0.ports.count] }
            let connection = connections[port] ?? HTTPConnection(port: port)
            connections[port] = connection
            do throws(HTTPFailure) {
                let answer = try connection.send("POST", target, fields: [("Idempotency-Key", key)])
                note(answer, after: ContinuousClock.now - start)
                if !asksToComeBack(answer) { return answer }
            } catch {
                note(error)
                // Who is refused leaves the processor to what is being started.
                if case .refused = error { poll(nil, 0, Self.refusedPause) }
            }
        }
        state.withLock { _ = $0.tally.strange.insert("a buyer never knew what became of him") }
        return nil
    }

    private func asksToComeBack(_ answer: HTTPAnswer) -> Bool {
        [429, 500, 502, 503, 504].contains(answer.status) || answer.reason == "purchase_in_progress"
    }

    private func note(_ failure: HTTPFailure) {
        state.withLock { state in
            if case .refused = failure {
                state.tally.refused += 1
            } else {
                state.tally.requests += 1
                state.tally.unknown += 1
            }
        }
    }

    private func note(_ answer: HTTPAnswer, after time: Duration) {
        state.withLock { state in
            state.tally.requests += 1
            state.tally.slowest = max(state.tally.slowest, time)
            switch (answer.status, answer.reason) {
            case (200, _): state.tally.acknowledged += 1
            case (503, _), (429, _):
                state.tally.unavailable += 1
                state.tally.reasons.insert(answer.reason ?? "")
                if answer["Retry-After"] == nil { state.tally.strange.insert("a \(answer.status) without Retry-After") }
            case (409, "item_held"), (409, "item_sold"), (409, "purchase_in_progress"): break
            default: state.tally.strange.insert("\(answer.status) \(answer.reason ?? "")")
            }
        }
    }
}
