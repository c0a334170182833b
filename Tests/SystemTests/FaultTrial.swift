// One fault among buyers at work, from the first of them to the audit.

import Testing

/// What was seen of one fault.
struct FaultTrial: Sendable {
    let fault: StoreFault
    let seed: UInt64
    let tally: Rush.Tally
    let recovery: Duration

    private static let items = 5_000
    private static let stock = 4
    /// How many purchases come before the fault, and after it.
    private static let ordersAround = 100
    /// What any answer may take: the deadline of a request, and what two busy cores add to it.
    private static let answerMax = Duration.seconds(4)

    /// Runs it, and expects what must hold of every fault: no promise broken, no answer late, both stores agreed within
    /// five seconds.
    static func run(_ fault: StoreFault, seed: UInt64) async throws -> FaultTrial {
        try await FaultStage.with { stage in
            var services: [ServeProcess] = []
            for _ in 0..<fault.services { services.append(try await stage.serve()) }
            let sale = try await services[0].createSale(items: items, stock: stock)
            let rush = Rush(sale: sale, items: items, ports: services.map(\.port), seed: seed)
            let recovery = try await rush.run {
                try await rush.untilOrders(ordersAround)
                let recovery = try await fault.strike(stage, rush, &services, sale: sale)
                try await rush.untilOrders(ordersAround)
                return recovery
            }
            let trial = FaultTrial(fault: fault, seed: seed, tally: rush.tally, recovery: recovery)
            try await trial.check(stage.deployment)
            for service in services { await service.process.stop() }
            return trial
        }
    }

    private func check(_ deployment: Deployment) async throws {
        let name = "\(fault.rawValue) with seed \(seed)"
        #expect(tally.strange.isEmpty, "\(name)")
        // Who had asked the instance that is silent has his answer when it speaks again.
        if case .silence = fault.notice {} else { #expect(tally.slowest < Self.answerMax, "\(name)") }
        switch fault.notice {
        case .nothing: #expect(tally.unavailable == 0 && tally.unknown == 0, "\(name)")
        case .unavailable: #expect(tally.unavailable > 0 && tally.unknown == 0, "\(name)")
        case .silence: break
        }
        let ordered = try await deployment.ledger.numbers("SELECT substr(user_id, 7)::int8 FROM orders")
        #expect(tally.payers.isSubset(of: ordered), "\(name): an acknowledged purchase is lost")
        #expect(ordered.count == Set(ordered).count, "\(name): a purchase took effect twice")
        // Whoever is not known to have paid was never told so, and has not.
        #expect(tally.payers.count == ordered.count, "\(name)")
        let holders = try await deployment.ledger.numbers("SELECT substr(user_id, 7)::int8 FROM checkouts")
        #expect(tally.holders.isSubset(of: holders), "\(name): an acknowledged checkout is lost")
        #expect(try await deployment.ledger.contradictions == 0, "\(name)")
        try await deployment.audit()
    }

    /// A row of the table of `make chaos`, which the Makefile finds by its first character.
    var row: String {
        let columns: [Any] = [
            fault.rawValue, seed, tally.requests, tally.acknowledged, tally.unavailable, tally.unknown,
            Self.milliseconds(tally.slowest), Self.milliseconds(recovery),
        ]
        return "| " + columns.map { "\($0)" }.joined(separator: " | ") + " |"
    }

    static let heading = """
        | fault | seed | requests | acknowledged | 503 | unknown | slowest ms | recovery ms |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        """

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration / .milliseconds(1))
    }
}
