// A seeded rush of buyers through the real flows over real stores, judged by the auditor and by what buyers were told.

import Audit
import HiredisClient
import LibpqClient
import Logging
import PostgresLedger
import RedisGate
import Synchronization
import Telemetry
import Textbook

@testable import FlashSale

/// Two instances of the flows in this process, over one database and one Redis, with lines that sometimes break.
struct Storm: Sendable {
    private static let buyers = 40
    private static let stepsPerBuyer = 14
    private static let items: Int32 = 40

    let seed: UInt64
    let postgres: PostgresClient
    let redis: RedisClient
    let gate: RedisSaleGate
    let carelessness: Carelessness?

    private struct Instance: Sendable {
        let checkout: CheckoutFlow
        let purchase: PurchaseFlow
        let afterwards: Afterwards
        let line: UnsteadyLedger
    }

    /// Runs the storm and judges it.
    ///
    /// - Throws: `RuleBroken` for a breach, with the seed.
    func run() async throws {
        let catalog = PostgresSaleCatalog(reader: postgres, bulk: postgres)
        let now = try await catalog.agenda().readAt
        let plan = SalePlan(
            startedAt: now + .seconds(-60), endedAt: now + .seconds(3_600), itemCount: Int(Self.items),
            stockPerItem: 2, maxItemsPerBuyer: 3, hold: .seconds(600), lapsesMax: 6)
        guard case .created(let sale) = try await catalog.create(plan, fence: nil) else {
            throw RuleBroken("the sale could not be created")
        }
        let instances = try await [instance(0, sale, catalog), instance(1, sale, catalog)]
        let truth = PostgresSaleLedger(
            writer: postgres, reader: postgres, bulk: postgres, instruments: Instruments().database,
            logger: .silent)
        let isLoaded = try await gate.load(sale, epoch: sale.epoch) { () throws(LedgerFailure) in
            try await truth.snapshot(of: sale)
        }
        guard isLoaded else { throw RuleBroken("the gate could not be loaded") }
        let journal = Journal()
        let transcript = Transcript(of: sale, from: try await catalog.agenda().readAt)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<Self.buyers {
                group.addTask { await shop(number, of: sale, at: instances, journal, transcript) }
            }
        }
        for instance in instances { await instance.afterwards.drain() }
        try await mend(sale, by: truth, displaced: Set(instances.flatMap { $0.line.unitsNotReserved }))
        let breaches =
            try await audit() + journal.breaches(in: postgres) + transcript.breaches(in: postgres)
            + instances.flatMap { $0.line.ownFailures }
        guard breaches.isEmpty else { throw RuleBroken("seed \(seed): \(breaches.joined(separator: "; "))") }
    }

    private func instance(_ number: UInt64, _ sale: Sale, _ catalog: PostgresSaleCatalog) async throws -> Instance {
        let ledger = PostgresSaleLedger(
            writer: postgres, reader: postgres, bulk: postgres, instruments: Instruments().database,
            logger: .silent)
        let line = UnsteadyLedger(ledger, seed: seed &+ number)
        let careless = CarelessLedger(line, gate: gate, sale: sale, carelessness)
        let board = SaleBoard(catalog: catalog)
        try await board.refresh()
        let instruments = Instruments().sale
        let afterwards = Afterwards()
        return Instance(
            checkout: CheckoutFlow(
                board: board, gate: gate, ledger: careless, confirmations: Confirmations(ledger: careless) { true },
                codes: CodeMint(), rebuild: { _ in }, instruments: instruments),
            purchase: PurchaseFlow(
                board: board, gate: gate, ledger: careless, afterwards: afterwards, instruments: instruments,
                logger: Logger(label: "storm")),
            afterwards: afterwards, line: line)
    }

    /// Mends the differences that a careful flow leaves, as the drift check does: reservations that the ledger does not
    /// have, or has under another code, and those that another's hold has displaced.
    ///
    /// A hold of a unit that its buyer did not reserve displaces the reservation of a buyer whose record is under way.
    /// If that hold then ends, first in the ledger and then in the gate, the record finds the unit free and holds it as
    /// reserved, so the flow tells the gate nothing. A held unit is free in the gate for no other reason.
    private func mend(_ sale: Sale, by truth: PostgresSaleLedger, displaced: Set<Unit>) async throws {
        let ordinals = Array(0..<sale.unitCount)
        guard let known = await gate.units(ordinals, of: sale) else { return }
        let ledger = try await truth.units(ordinals, of: sale)
        let seen = ContinuousClock.now
        var watch = DriftWatch(unitCount: sale.unitCount)
        var mendings: [DriftWatch.Mending] = []
        for moment in [seen, seen + .seconds(60)] {
            mendings = watch.judge(ordinals, gate: known, ledger: ledger, at: moment)
        }
        let facts = mendings.compactMap { mending -> GateFact? in
            switch mending {
            case .tell(.held(let hold))
            where known[sale.ordinal(of: hold.unit)] == .free && !displaced.contains(hold.unit): nil
            case .tell(let fact): fact
            case .rebuild: nil
            }
        }
        await gate.tell(facts, of: sale)
    }

    /// One buyer's steps: checkouts, purchases and cancels at random.
    private func shop(
        _ number: Int, of sale: Sale, at instances: [Instance], _ journal: Journal, _ transcript: Transcript
    ) async {
        var generator = SplitMix64(seed: seed &+ UInt64(number) &* 7_919)
        let buyer = Transcript.buyer(number)
        var code: CheckoutCode?
        for _ in 0..<Self.stepsPerBuyer {
            let instance = instances[Int.random(in: 0..<instances.count, using: &generator)]
            let item = ItemID(sale: sale.id, number: Int32.random(in: 1...Self.items, using: &generator))
            let dice = Int.random(in: 0..<10, using: &generator)
            if let cart = code, dice < 2 {
                let request = transcript.sent(.purchase, cart.description, by: number)
                let outcome = await instance.purchase.purchase(cart, key: nil, deadline: .patient)
                transcript.heard(outcome, to: request)
                journal.note(outcome)
            } else if let cart = code, dice < 4 {
                let request = transcript.sent(.cancel, cart.description, by: number)
                let outcome = await instance.checkout.cancel(
                    cart, item: dice < 3 ? item : nil, deadline: .patient)
                transcript.heard(outcome, to: request)
            } else {
                let request = transcript.sent(.checkout, "\(item.number)", by: number)
                let outcome = await instance.checkout.checkout(item, for: buyer, key: nil, deadline: .patient)
                transcript.heard(outcome, to: request)
                journal.note(outcome, item, buyer)
                if case .success(let receipt) = outcome { code = receipt.cart.code }
            }
        }
    }

    private func audit() async throws -> [String] {
        // Nothing changes any more, so the second read of the gate needs no pause.
        let report = try await Auditor(postgres: postgres, redis: redis, pause: { _ in }).audit()
        let notChecked = report.notes.filter { $0.contains("not checked") }
        return notChecked
            + report.findings.filter { $0.breaches > 0 }.map {
                "audit \($0.check): \($0.counterexamples.first ?? "")"
            }
    }
}
