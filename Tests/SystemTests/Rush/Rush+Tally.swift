// What the buyers of a rush have seen, and how tests wait for it.

extension Rush {
    /// The answers that the buyers got.
    struct Tally: Sendable {
        var requests = 0
        /// Yeses, to checkouts, purchases and cancellations.
        var acknowledged = 0
        /// Answers that ask to come back.
        var unavailable = 0
        /// Their reasons.
        var reasons: Set<String> = []
        /// Requests whose effect was unknown until they were sent again.
        var unknown = 0
        /// Connects that were refused: no request was made.
        var refused = 0
        /// Checkouts that were refused for stock.
        var held = 0
        var sold = 0
        /// Answers to late payers, and those of them that refused because the item has gone to others.
        var late = 0
        var lapsed = 0
        /// Every refusal that needs a lack of stock to be true.
        var refusals: [StockHistory.Refusal] = []
        /// Numbers of the buyers that were told that they hold, that they have bought, and that they have cancelled.
        var holders: Set<Int> = []
        var payers: Set<Int> = []
        var cancellers: Set<Int> = []
        /// Acknowledged changes of the operator.
        var changes: [RushChange.Kind: Int] = [:]
        /// Its answers that ask to come back, and those that refuse for good.
        var changesUnavailable = 0
        var changesRefused = 0
        /// Numbers of the buyers whose orders were refunded.
        var refunded: Set<Int> = []
        /// The slowest of all answers.
        var slowest = Duration.zero
        var lastOrderAt: ContinuousClock.Instant?
        /// Answers that no buyer should get.
        var strange: Set<String> = []

        /// In a sentence, for a timeline.
        var summary: String {
            """
            of \(requests) requests \(acknowledged) were told yes, \(unavailable) to come back \(reasons.sorted()), \
            \(held) held, \(sold) sold, \(lapsed) of \(late) too late, \(unknown) nothing; \(cancellers.count) gave \
            back; \(refused) connects were refused; the operator made \(changes.values.reduce(0, +)) changes, \
            \(refunded.count) of them refunds, was refused \(changesRefused) and told to come back for \
            \(changesUnavailable); strange: \(strange.sorted())
            """
        }
    }

    /// Waits until a number of further purchases are acknowledged.
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

    /// Waits until a number of late payers got answers since the rush began.
    func untilLate(_ count: Int) async throws {
        let _: Bool = try await eventually("\(count) late purchases") { tally.late >= count ? true : nil }
    }

    /// Waits until buyers have got every kind of refusal since the rush began, and one has cancelled.
    func untilNoes() async throws {
        let _: Bool = try await eventually("a held item, a sold one and a cancellation") {
            let tally = tally
            return tally.held > 0 && tally.sold > 0 && !tally.cancellers.isEmpty ? true : nil
        }
    }

    /// Waits until the operator has made a change of every kind since the rush began.
    func untilChanges() async throws {
        let _: Bool = try await eventually("a change of every kind") {
            tally.changes.count == RushChange.Kind.allCases.count ? true : nil
        }
    }

    func hasOrder(since moment: ContinuousClock.Instant) -> Bool {
        tally.lastOrderAt.map { $0 > moment } ?? false
    }

    /// Waits for the first purchase that is acknowledged after a moment, and returns the time between.
    func recovery(since moment: ContinuousClock.Instant) async throws -> Duration {
        try await eventually("a purchase after the fault") {
            tally.lastOrderAt.flatMap { $0 > moment ? $0 - moment : nil }
        }
    }
}
