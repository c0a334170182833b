// Connects the parts of the domain: flows for the server, duties for the background.

import FlashSale
import FlashSaleHTTP
import HiredisClient
import Logging
import PostgresLedger
import RedisGate
import Telemetry
import WaitingRoom
import Webhooks

/// The flows and duties over the two stores of a pod.
struct Parts: Sendable {
    let flows: PodFlows
    let admission: any Admission
    let board: SaleBoard
    let watch: SaleWatch
    let placements: PlacementWatch
    let afterwards = Afterwards()
    /// How the ledger has kept up since the last call.
    let ledgerPace: @Sendable () -> LedgerPace
    /// Whether a sale is on and the gate is loaded with it.
    let isSelling: @Sendable () async -> Bool
    /// The duties' locks in Redis, but for the rebuild's.
    let dutyLock: FencedLock
    private let duties: [Stores.Loop]

    init(
        _ settings: Settings, _ pod: PodID, stores: Stores, ledger id: LedgerID, records: SaleRecords,
        instruments: Instruments, tracer: Tracer?, logger: Logger
    ) throws {
        let (sale, ended) = (instruments.sale, instruments.retention)
        let gate = RedisSaleGate(client: stores.redis, ledger: id, instruments: instruments.redis, logger: logger)
        let catalog = PostgresSaleCatalog(reader: stores.reader, bulk: stores.bulk, lookups: stores.lookups)
        let board = SaleBoard(catalog: catalog)
        let ends = HoldEnds(board: board, gate: gate, afterwards: afterwards, instruments: sale)
        let ledger = Self.ledger(over: stores, instruments, tracer, logger, ends)
        ledgerPace = { ledger.takePace() }
        dutyLock = Self.redisLock(over: stores.dutyRedis, stores, id, instruments, logger)
        let lock = FallbackDutyLock(first: dutyLock, second: stores.dutyLock)
        let rebuilding = GateRebuild(
            catalog: catalog, ledger: ledger, gate: gate,
            lock: { Self.redisLock(over: stores.redis, for: $0, stores, id, instruments, logger) },
            afterwards: afterwards, logger: logger)
        let rebuild: @Sendable (Sale) -> Void = { rebuilding.request($0) }
        // A buyer does not wait for a slow gate; duties and the watch see the gate as it is.
        let buyersGate = FailFastGate(gate, afterwards: afterwards, waiting: stores.meter.waitingTime)
        let counts = StockCounts(gate: gate, asksGate: { buyersGate.isClosed }, catalog: catalog)
        let room = RoomParts(settings, stores: stores, board: board, instruments: instruments, logger: logger)
        placements = PlacementWatch(PostgresShopPlacements(client: stores.bulk))
        flows = PodFlows(
            checkout: CheckoutFlow(
                board: board, gate: buyersGate, ledger: ledger,
                confirmations: Confirmations(ledger: ledger) { board.isFresh },
                codes: CodeMint(), rebuild: rebuild, instruments: sale),
            purchase: PurchaseFlow(
                board: board, gate: buyersGate, ledger: ledger, afterwards: afterwards, instruments: sale,
                logger: logger),
            sale: SaleFlow(
                defaults: settings.saleDefaults, board: board, counts: counts, catalog: catalog, rebuild: rebuild,
                logger: logger),
            room: room.flow, placements: placements)
        admission = room.admission
        watch = SaleWatch(
            board: board, counts: counts, catalog: catalog, gate: gate, rebuild: rebuild, instruments: sale,
            records: records, logger: logger)
        self.board = board
        isSelling = { await Self.isLoaded(gate, with: board.active()) }
        let scheduler = SaleScheduler(
            defaults: settings.saleDefaults, catalog: catalog, placements: placements.ledger, board: board,
            rebuild: rebuild, logger: logger)
        let sweeper = HoldSweeper(
            board: board, ledger: ledger, ends: ends, instruments: sale, pod: pod)
        let driftCheck = DriftCheck(
            board: board, gate: gate, ledger: ledger, rebuild: rebuild, instruments: sale, pod: pod, records: records)
        let retention = SaleRetention(settings.retention, board: board, ledger: ledger, instruments: ended, pod: pod)
        func duty(
            _ duty: Duty, every: Duration, of sales: @escaping @Sendable () -> [Sale] = { [] },
            _ work: @escaping @Sendable (Sale?, FencingNumber) async throws -> DutyOutcome
        ) -> Stores.Loop {
            let runner = DutyRunner(
                duty, under: lock, every: every, clock: ContinuousClock(), logger: logger, tracer: tracer,
                sales: sales, work: work)
            return ("duty \(duty.rawValue)", { await runner.run() })
        }
        let herald = try Herald(settings.webhook, of: id, in: pod, stores, board, instruments.webhook, logger)
        duties =
            [
                duty(.sweeper, every: HoldSweeper.interval, of: board.toSweep) { try await sweeper.tick($0, $1) },
                duty(.driftCheck, every: DriftCheck.interval, of: board.active) { try await driftCheck.tick($0, $1) },
                duty(.retention, every: SaleRetention.interval) { try await retention.tick($1) },
                duty(.usher, every: UsherDuty.interval, of: room.usher.sales) { try await room.usher.tick($0, $1) },
            ]
            + (settings.isScheduling
                ? [duty(.scheduler, every: SaleScheduler.interval) { try await scheduler.tick($1) }] : [])
            + (herald.map { herald in [duty(.herald, every: Herald.interval) { try await herald.tick($1) }] } ?? [])
    }

    /// The watches and the duties.
    ///
    /// - Parameter amongPods: whether shops may move to another pod.
    func loops(over stores: Stores, amongPods: Bool) -> [Stores.Loop] {
        var loops: [Stores.Loop] = [
            (
                "redis",
                { [watch, afterwards] in
                    await stores.redis.run { afterwards.run(.gateRebuild) { await watch.loadGate() } }
                }
            ),
            ("sale watch", { [watch] in await watch.run() }),
            ("room watch", { [room = flows.room] in await room.book.run() }),
        ]
        if amongPods { loops.append(("placements", { [placements] in await placements.run() })) }
        loops += duties.map { duty -> Stores.Loop in
            (
                duty.name,
                {
                    // Without Redis the duties lock in Postgres. They wait a moment for the first connection to Redis.
                    try? await stores.dutyRedis.waitUntilConnected(within: .seconds(1))
                    await duty.run()
                }
            )
        }
        return loops
    }

    private static func ledger(
        over stores: Stores, _ instruments: Instruments, _ tracer: Tracer?, _ logger: Logger, _ ends: HoldEnds
    ) -> PostgresSaleLedger {
        PostgresSaleLedger(
            writer: stores.writer, reader: stores.reader, bulk: stores.bulk, lookups: stores.lookups,
            instruments: instruments.database, tracer: tracer, logger: logger
        ) { id, ended in ends.settleAfterwards(ended, of: id) }
    }

    /// Whether the gate is loaded with one of the sales.
    private static func isLoaded(_ gate: RedisSaleGate, with sales: [Sale]) async -> Bool {
        for sale in sales where await gate.count(sale) != nil { return true }
        return false
    }

    /// Locks duties over one of the clients of Redis, with fences from Postgres. The rebuild's is over that of the
    /// gate, one for each sale: a gate that is out of reach need not be loaded.
    private static func redisLock(
        over client: RedisClient, for sale: SaleID? = nil, _ stores: Stores, _ ledger: LedgerID,
        _ instruments: Instruments, _ logger: Logger
    ) -> FencedLock {
        let fences = PostgresFences(writer: stores.writer)
        return FencedLock(
            client: client, ledger: ledger, sale: sale, holder: InstanceName.text, instruments: instruments.redis,
            logger: logger
        ) {
            if let sale { try? await fences.nextRebuild(of: sale) } else { try? await fences.next($0) }
        }
    }
}
