// What the buyers of a rush have seen, and how tests wait for it.

extension Rush {
    /// What the buyers have seen.
    struct Tally: Sendable {
        var requests = 0
        /// Yeses, to checkouts, purchases and cancellations.
        var acknowledged = 0
        /// Answers that ask to come back.
        var unavailable = 0
        /// What they gave as their reasons.
        var reasons: Set<String> = []
        /// Requests of which nobody knows what they did, until they were sent again.
        var unknown = 0
        /// Connects that nobody accepted: no request was made.
        var refused = 0
        /// Noes to checkouts because of stock.
        var held = 0
        var sold = 0
        /// Answers to those who pay late, and among them noes because the item has gone to others.
        var late = 0
        var lapsed = 0
        /// Every no that only stock excuses.
        var refusals: [StockHistory.Refusal] = []
        /// Numbers of the buyers who were told that they hold, that they have bought, and that they have given back.
        var holders: Set<Int> = []
        var payers: Set<Int> = []
        var cancellers: Set<Int> = []
        /// Of all answers.
        var slowest = Duration.zero
        var lastOrderAt: ContinuousClock.Instant?
        /// Answers that nobody should get.
        var strange: Set<String> = []

        /// In a sentence, for a timeline.
        var summary: String {
            """
            of \(requests) requests \(acknowledged) were told yes, \(unavailable) to come back \(reasons.sorted()), \
            \(held) held, \(sold) sold, \(lapsed) of \(late) too late, \(unknown) nothing; \(cancellers.count) gave \
            back; \(refused) connects were refused; strange: \(strange.sorted())
            """
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

    /// Waits until a buyer is refused because of stock.
    func untilRefused() async throws {
        let before = tally.refusals.count
        let _: Bool = try await eventually("a refusal") { tally.refusals.count > before ? true : nil }
    }

    /// Waits until so many who pay late were answered since the rush began.
    func untilLate(_ count: Int) async throws {
        let _: Bool = try await eventually("\(count) late purchases") { tally.late >= count ? true : nil }
    }

    /// Waits until buyers have heard every kind of no since the rush began, and one has given back.
    func untilNoes() async throws {
        let _: Bool = try await eventually("a held item, a sold one and a cancellation") {
            let tally = tally
            return tally.held > 0 && tally.sold > 0 && !tally.cancellers.isEmpty ? true : nil
        }
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
}
