// Tries a mutant: the constraints, the rules of the ledger and of the gate, then the storm, until one of them catches
// it.

import DevStack
import Discovery
import FlashSale
import FlashSaleTesting
import HiredisClient
import LibpqClient
import Logging
import NIOPosix
import PostgresLedger
import RedisGate
import Telemetry
import Testing

/// The trial of a mutant.
struct Trial: Sendable {
    let mutant: Mutant?
    /// The check that caught it; nil if it survived, or if there was no mutant.
    let catcher: String?
    let duration: Duration

    static func run(_ mutant: Mutant?, seed: UInt64 = 1) async throws -> Trial {
        let start = ContinuousClock.now
        let schema = Schema(of: mutant)
        // The template is made here, so that a mutant that cannot be migrated does not count as caught.
        try await schema.with { _, _ in }
        var catcher: String?
        switch mutant?.change {
        case .wall: catcher = try await judgeWalls(mutant.map { [$0] } ?? [], schema)
        case .schema: catcher = try await judgeLedger(schema)
        case .scripts(let cuts): catcher = try await judgeGate(cuts)
        case .seam: break
        case .herald(let carelessness): catcher = try await judgeHerald(carelessness, schema)
        case nil:
            catcher = try await judgeWalls(Mutant.walls + Mutant.queueWalls + Mutant.podWalls + Mutant.registry, schema)
            if catcher == nil { catcher = try await judgeLedger(schema) }
            if catcher == nil { catcher = try await judgeGate([]) }
            if catcher == nil { catcher = try await judgeHerald(nil, schema) }
        }
        if catcher == nil { catcher = try await judgeStorm(mutant, schema, seed: seed) }
        return Trial(mutant: mutant, catcher: catcher, duration: start.duration(to: .now))
    }

    private static func judgeWalls(_ walls: [Mutant], _ schema: Schema) async throws -> String? {
        for wall in walls {
            guard case .wall(_, let attempt) = wall.change else { continue }
            let catcher = try await caught(by: "the wall \(wall.name) is tried") {
                try await schema.with { client, _ in
                    try await client.execute(script: LedgerRule.sale, deadline: .patient)
                    do {
                        try await client.run(attempt)
                    } catch let error as PostgresError where error.constraintName == wall.name {
                        return
                    }
                    throw RuleBroken("nothing refused it")
                }
            }
            if catcher != nil { return catcher }
        }
        return nil
    }

    private static func judgeLedger(_ schema: Schema) async throws -> String? {
        for rule in LedgerRule.all {
            let catcher = try await caught(by: rule.sentence) {
                try await schema.with { client, _ in try await rule.run(on: client) }
            }
            if catcher != nil { return catcher }
        }
        for rule in SaleLedgerConformance.all {
            let catcher = try await caught(by: rule.description) {
                try await schema.with { client, _ in try await rule.run(on: bench(over: client)) }
            }
            if catcher != nil { return catcher }
        }
        for rule in LedgerUpkeepConformance.all {
            let catcher = try await caught(by: rule.description) {
                try await schema.with { client, _ in try await rule.run(on: bench(over: client)) }
            }
            if catcher != nil { return catcher }
        }
        for rule in QueueLedgerConformance.all {
            let catcher = try await caught(by: rule.description) {
                try await schema.with { client, _ in try await rule.run(on: bench(over: client)) }
            }
            if catcher != nil { return catcher }
        }
        for rule in RegistryConformance.all {
            let catcher = try await caught(by: rule.description) {
                try await schema.with { client, _ in try await rule.run(on: scene(over: client)) }
            }
            if catcher != nil { return catcher }
        }
        return try await judgePods(schema)
    }

    private static func judgePods(_ schema: Schema) async throws -> String? {
        for rule in ShopPlacementsConformance.all {
            let catcher = try await caught(by: rule.description) {
                try await schema.with { home, _ in
                    try await schema.with { other, _ in
                        try await other.run("select become_pod(1)")
                        try await rule.run(
                            on: PlacementScene(
                                home: PostgresShopPlacements(client: home), bench(over: home).catalog,
                                other: PostgresShopPlacements(client: other), bench(over: other).catalog))
                    }
                }
            }
            if catcher != nil { return catcher }
        }
        return nil
    }

    private static func judgeHerald(_ carelessness: HeraldCarelessness?, _ schema: Schema) async throws -> String? {
        for rule in HeraldRule.all {
            let catcher = try await caught(by: rule.sentence) {
                try await schema.with { client, _ in try await rule.run(on: client, carelessness) }
            }
            if catcher != nil { return catcher }
        }
        return nil
    }

    private static func scene(over client: PostgresClient) -> RegistryScene {
        let registry = PostgresRegistry(client: client)
        return RegistryScene(
            one: registry, other: registry,
            pass: { meanwhile in
                try await client.run("update instances set seen_at = seen_at - interval '6 seconds'")
                try await meanwhile()
            },
            lose: { try await client.run("truncate instances") },
            spoil: {
                try await client.run(
                    "insert into instances values ('1', 'a', 'ftp://a', 'http://a', '1', now(), clock_timestamp())")
            })
    }

    private static func bench(over client: PostgresClient) -> LedgerBench {
        let fences = PostgresFences(writer: client)
        return LedgerBench(
            ledger: PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent),
            catalog: PostgresSaleCatalog(reader: client, bulk: client),
            lines: PostgresQueueLedger(writer: client, reader: client),
            pass: { try await client.pass($0) }, nextFence: { try #require(try await fences.next($0)) },
            nextRebuildFence: { try #require(try await fences.nextRebuild(of: $0)) })
    }

    private static func judgeGate(_ cuts: [Cut]) async throws -> String? {
        let surgery = ScriptSurgery(cuts)
        let catcher = try await withGate(surgery, of: GateRule.ledger) { gate, client in
            for rule in GateRule.all {
                let catcher = try await caught(by: rule.sentence) { try await rule.run(on: gate, client) }
                if catcher != nil { return catcher }
            }
            for rule in SaleGateConformance.all {
                let catcher = try await caught(by: rule.description) { try await rule.run(on: gate, upkeep: gate) }
                if catcher != nil { return catcher }
            }
            for rule in GateUpkeepConformance.all {
                let catcher = try await caught(by: rule.description) { try await rule.run(on: gate) }
                if catcher != nil { return catcher }
            }
            return nil
        }
        guard surgery.unfitted.isEmpty else {
            throw BrokenMutant("a cut fits nowhere: \(surgery.unfitted.map(\.text))")
        }
        return catcher
    }

    /// The storm alone. Returns what it found; nil for nothing.
    static func judgeStorm(_ mutant: Mutant?, _ schema: Schema, seed: UInt64) async throws -> String? {
        var cuts: [Cut] = []
        var carelessness: Carelessness?
        switch mutant?.change {
        case .scripts(let changed): cuts = changed
        case .seam(let careless): carelessness = careless
        default: break
        }
        return try await caught(by: "storm") {
            try await schema.with { postgres, _ in
                let ledger = try await LedgerIdentity(client: postgres).read(deadline: .patient)
                return try await withGate(ScriptSurgery(cuts), of: ledger) { gate, redis in
                    try await Storm(
                        seed: seed, postgres: postgres, redis: redis, gate: gate, carelessness: carelessness
                    ).run()
                }
            }
        }
    }

    /// The name of the broken rule and how it broke; nil if it held.
    private static func caught(by name: String, _ check: () async throws -> Void) async throws -> String? {
        do {
            try await check()
            return nil
        } catch let error as BrokenMutant {
            throw error
        } catch {
            // SQL that Postgres cannot read proves nothing.
            let cause = (error as? LedgerFailure)?.underlying ?? error
            if let cause = cause as? PostgresError, cause.sqlState?.hasPrefix("42") == true {
                throw BrokenMutant("\(error)")
            }
            return "\(name): \(error)"
        }
    }

    private static func withGate<Result: Sendable>(
        _ surgery: ScriptSurgery, of ledger: LedgerID, _ body: (RedisSaleGate, RedisClient) async throws -> Result
    ) async throws -> Result {
        let logger = Logger.silent
        let client = RedisClient(
            try RedisConfiguration(url: try await TestServers.shared.redisURL()),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton.next(), middleware: [surgery], logger: logger)
        let running = Task { await client.run() }
        defer { running.cancel() }
        try await client.waitUntilConnected(within: .seconds(20))
        let gate = RedisSaleGate(
            client: client, ledger: ledger, instruments: Instruments().redis, logger: logger,
            stepTimeout: .seconds(10))
        return try await body(gate, client)
    }
}
