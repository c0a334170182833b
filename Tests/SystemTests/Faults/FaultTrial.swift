// One fault among buyers at work, from the first of them to the audit.

import Testing

/// The observations of one trial.
struct FaultTrial: Sendable {
    let fault: StoreFault
    let seed: UInt64
    let tally: Rush.Tally
    /// From the fault's end to the next purchase, or to the gate's return.
    let recovery: Duration
    /// The expectations that did not hold.
    private(set) var breaches: [String] = []

    private static let items = 5_000
    /// How many purchases come before the fault, and after it.
    private static let ordersAround = 50
    /// How many late purchases there are at least.
    private static let lateMin = 2
    /// The time limit of an answer: the deadline of a request, and time for two busy cores.
    private static let answerMax = Duration.seconds(4)
    /// The time within which everything must be well after a fault: invariant I6.
    private static let recoveryMax = Duration.seconds(5)

    private init(_ fault: StoreFault, seed: UInt64, tally: Rush.Tally, recovery: Duration) {
        self.fault = fault
        self.seed = seed
        self.tally = tally
        self.recovery = recovery
    }

    /// Runs it, and expects for every fault: no promise broken, no answer late, both stores agree within five seconds,
    /// nothing left behind. A failure names its seed, and what happened when.
    static func run(_ fault: StoreFault, seed: UInt64) async throws -> FaultTrial {
        try await FaultStage.with(fault) { stage in
            do {
                return try await run(fault, seed: seed, on: stage)
            } catch {
                stage.timeline.note("failed")
                Issue.record("\(fault.rawValue) with seed \(seed): \(error); \(stage.timeline.text)")
                throw error
            }
        }
    }

    private static func run(_ fault: StoreFault, seed: UInt64, on stage: FaultStage) async throws -> FaultTrial {
        var services: [ServeProcess] = []
        for _ in 0..<fault.services { services.append(try await stage.serve()) }
        let sale = try await services[0].createSale(items: items, stock: Rush.stock, limit: Rush.limit)
        let rush = Rush(sale: sale, items: items, ports: services.map(\.port), seed: seed, isOperated: true)
        stage.timeline.note("the sale is on")
        let recovery: Duration
        do {
            recovery = try await rush.run {
                try await rush.untilOrders(ordersAround)
                stage.timeline.note("\(fault.rawValue) begins")
                let recovery = try await fault.strike(stage, rush, &services, sale: sale)
                stage.timeline.note("recovered after \(recovery)")
                rush.calmDown()
                try await rush.untilOrders(ordersAround)
                try await rush.untilLate(lateMin)
                try await rush.untilNoes()
                try await rush.untilChanges()
                return recovery
            }
        } catch {
            stage.timeline.note(rush.tally.summary)
            for service in services where service.process.hasEnded {
                stage.timeline.note("the service at port \(service.port) has ended: \(service.process.errors)")
            }
            throw error
        }
        var trial = FaultTrial(fault, seed: seed, tally: rush.tally, recovery: recovery)
        stage.timeline.note(trial.tally.summary)
        try await trial.check(stage, rush.journal)
        stage.timeline.note("the audit is over")
        try await trial.checkConnections(of: services, stage)
        for service in services { await service.process.stop() }
        try await trial.checkLeftovers(stage)
        for breach in trial.breaches {
            Issue.record("\(fault.rawValue) with seed \(seed): \(breach)\n\(stage.timeline.text)")
        }
        if !trial.breaches.isEmpty {
            for service in services { Issue.record("\(service.port) wrote: \(service.process.output)") }
        }
        return trial
    }

    private mutating func expect(_ holds: Bool, _ breach: String) {
        if !holds { breaches.append(breach) }
    }

    private mutating func check(_ stage: FaultStage, _ journal: RushJournal) async throws {
        expect(tally.strange.isEmpty, "answers that no buyer should get: \(tally.strange.sorted())")
        expect(recovery < Self.recoveryMax, "it took \(recovery) to recover")
        // Requests to a frozen instance get their answers when it goes on.
        if case .silence = fault.notice {
        } else {
            expect(tally.slowest < Self.answerMax, "an answer took \(tally.slowest)")
            expect(tally.unknown == 0, "\(tally.unknown) requests were not answered")
        }
        switch fault.notice {
        case .nothing:
            // A debug build on a busy machine may shed some; the fault has no part in that.
            expect(
                tally.reasons.subtracting(["overloaded"]).isEmpty,
                "\(tally.unavailable) buyers were told to come back: \(tally.reasons.sorted())")
            expect(tally.changesUnavailable == 0, "an operator was told to come back")
        case .unavailable: expect(tally.unavailable > 0, "no buyer was told to come back")
        case .perhapsUnavailable, .silence: break
        }
        // While holds end, gate and ledger differ for moments, and the audit would read the gate again.
        let live = "SELECT count(*) FROM holds WHERE ended_at IS NULL"
        try await until("no hold is left") { try await stage.deployment.ledger.number(live) == 0 }
        stage.timeline.note("no hold is left")
        try await checkLedger(stage.deployment.ledger)
        // Audits the Redis that the services reach now. Drift counts if it is the same in two readings 5 s apart.
        if let complaint = try await stage.reached.auditComplaint(journal) { breaches.append(complaint) }
    }

    /// Expects that the buyers' answers are true.
    private mutating func checkLedger(_ ledger: LedgerReader) async throws {
        let number = "split_part(user_id, '-', 3)::int8"
        let ordered = try await ledger.numbers("SELECT \(number) FROM orders")
        expect(tally.payers.isSubset(of: ordered), "an acknowledged purchase is lost")
        expect(ordered.count == Set(ordered).count, "a purchase took effect twice")
        // A buyer without a known payment was never told so, and has not paid.
        expect(tally.payers.count == ordered.count, "\(tally.payers.count) have paid, of \(ordered.count) orders")
        let holders = try await ledger.numbers("SELECT \(number) FROM checkouts")
        expect(tally.holders.isSubset(of: holders), "an acknowledged checkout is lost")
        let cancelled = "FROM holds JOIN checkouts USING (sale_id, code) WHERE ended_as = 'cancelled'"
        let cancellers = try await ledger.numbers("SELECT \(number) \(cancelled)")
        expect(tally.cancellers.isSubset(of: cancellers), "an acknowledged cancellation is lost")
        expect(cancellers.count == Set(cancellers).count, "a cancellation took effect twice")
        expect(try await ledger.contradictions == 0, "the ledger contradicts itself")
        try await checkChanges(ledger)
        let history = try await StockHistory(of: ledger, stock: Rush.stock)
        let falsehoods = tally.refusals.filter(history.isFalse)
        expect(falsehoods.isEmpty, "\(falsehoods.count) were refused although there was stock: \(falsehoods)")
    }

    /// Expects each acknowledged change of the operator once in the sale's log, and each refund once in the ledger.
    private mutating func checkChanges(_ ledger: LedgerReader) async throws {
        let changes = tally.changes.values.reduce(0, +)
        let logged = "SELECT count(*) FROM sale_events WHERE idempotency_key LIKE '\(Rush.changeKey)-%'"
        let lines = try await ledger.number(logged)
        expect(lines == changes, "\(changes) changes were acknowledged, and the log has \(lines)")
        let refunds = "FROM holds JOIN checkouts USING (sale_id, code) WHERE ended_as = 'refunded'"
        let refunded = try await ledger.numbers("SELECT split_part(user_id, '-', 3)::int8 \(refunds)")
        expect(tally.refunded == Set(refunded), "other orders were refunded than was acknowledged")
        expect(refunded.count == Set(refunded).count, "a refund took effect twice")
    }

    /// Expects that the services know every connection they have.
    private func checkConnections(of services: [ServeProcess], _ stage: FaultStage) async throws {
        try await until("no connection is open that no service counts") {
            var (postgres, redis) = (0, 0)
            for service in services {
                let metrics = try await service.metrics()
                postgres += metrics.sum("db_connections_active") + metrics.sum("db_connections_idle")
                redis += metrics.sum("redis_connections")
            }
            let open = (try await stage.postgresLine.connections, try await stage.redisLine.connections)
            return open == (postgres, redis)
        }
    }

    /// Expects that ended services leave no connection and no lock: the locks of killed ones have leases.
    private func checkLeftovers(_ stage: FaultStage) async throws {
        let ledger = stage.deployment.ledger
        try await until("the services' connections are gone", within: Self.recoveryMax) {
            try await stage.postgresLine.connections + stage.redisLine.connections == 0
        }
        try await until("Postgres knows of no service", within: Self.recoveryMax) {
            try await ledger.number(StoreFault.services("SELECT count(*)")) == 0
        }
        try await until("Postgres has no lock of theirs", within: Self.recoveryMax) {
            try await ledger.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
        }
        let console = RedisConsole(url: stage.reached.redisURL)
        let clients = "return tonumber(string.match(redis.call('INFO', 'clients'), 'connected_clients:(%d+)'))"
        try await until("Redis knows of no service", within: Self.recoveryMax) {
            console.evaluate(clients) == 1
        }
        try await until("no lock is left", within: Self.recoveryMax) {
            console.evaluate("return #redis.call('KEYS', '*:lock*')") == 0
        }
    }
}
