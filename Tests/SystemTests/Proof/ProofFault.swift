// The faults of the long form, one after the other, and the alerts that each must fire.

import DevStack
import Testing

enum ProofFault: String, CaseIterable, Sendable {
    case watchersBroken = "monitors and collector are broken"
    case receiverRefuses = "the receiver of the webhook refuses"
    case redisFrozen = "Redis is frozen"
    case postgresSilent = "Postgres is silent"
    case linesCut = "lines to the stores break"
    case buyersImpatient = "codes are purchased by many at once, and their locks vanish"
    case storesChanged = "another program changes both stores"
    case serviceNarrow = "a service has little room"
    case serviceFrozen = "the service is frozen"
    case postgresSlow = "a crowd comes and Postgres is far away"
    case targetsGone = "Prometheus knows no service"

    /// The alerts that fire during the fault and resolve afterwards.
    var alerts: [String] {
        switch self {
        case .watchersBroken:
            ["SpansDropped", "ScrapeSlow", "PrometheusRuleFailures", "TargetScrapePoolExceeded", "AlertmanagerDown"]
        case .receiverRefuses: ["HeraldBehind"]
        case .redisFrozen: ["RedisConnectivity"]
        case .linesCut: ["ReexecutionsHigh"]
        case .buyersImpatient: ["LockContentionHigh", "LockLost"]
        case .storesChanged: ["Oversold", "StockDrift", "DeadlocksDetected"]
        case .serviceNarrow: ["FdsHigh", "ConnectionsNearLimit", "LogsDropped"]
        case .serviceFrozen: ["FlashSaleInstanceDown"]
        case .postgresSilent:
            [
                "HealthCheckFailing", "HighErrorRate", "P95LatencyHigh", "DatabaseConnectionsExhausted", "SaleStalled",
                "SaleBudgetBurn", "AvailabilityBudgetBurn 1h", "AvailabilityBudgetBurn 6h", "LatencyBudgetBurn 1h",
                "LatencyBudgetBurn 6h", "HoldSweepStale", "ReconciliationStale",
            ]
        case .postgresSlow: ["SheddingLong"]
        case .targetsGone: ["FlashSaleAbsent"]
        }
    }

    func begin(_ scene: ProofScene) async throws {
        let stage = scene.stage
        switch self {
        case .watchersBroken: try await scene.breakWatchers()
        case .receiverRefuses: stage.receiver.refuse()
        case .redisFrozen: stage.stores.redis.kill(.stop)
        case .linesCut: try await stage.stores.redisLine.cut()
        case .buyersImpatient: try await stage.stores.postgresLine.set(.delay(.milliseconds(50)))
        case .storesChanged: try await scene.changeLedger()
        case .serviceNarrow: try await scene.startNarrowService()
        case .serviceFrozen: stage.service.process.send(.stop)
        case .postgresSilent:
            // Checkouts need Postgres: the crowd must have come before Postgres is silent.
            try await scene.sendCrowd()
            try await stage.stores.postgresLine.set(.halfOpen)
        case .postgresSlow:
            try await scene.sendCrowd()
            try await stage.stores.postgresLine.set(.delay(.milliseconds(200)))
        case .targetsGone: try stage.scrapeServices([])
        }
    }

    /// The step that the fault repeats to go on.
    func again(_ scene: ProofScene) async throws {
        switch self {
        case .linesCut: try await scene.stage.stores.postgresLine.set(.dropReply(to: StoreFault.call("record")))
        case .buyersImpatient: try await scene.purchaseAtOnce()
        case .storesChanged: try await scene.changeGate()
        case .serviceNarrow: try await scene.askNarrowService()
        default: break
        }
    }

    func end(_ scene: ProofScene) async throws {
        let stage = scene.stage
        switch self {
        case .watchersBroken: try await scene.mendWatchers()
        case .receiverRefuses: stage.receiver.take()
        case .redisFrozen: stage.stores.redis.kill(.resume)
        case .linesCut, .buyersImpatient: try await stage.stores.postgresLine.set(.none)
        case .storesChanged: try await scene.restoreLedger()
        case .serviceNarrow: try await scene.stopNarrowService()
        case .serviceFrozen: stage.service.process.send(.resume)
        case .postgresSilent:
            try await stage.stores.postgresLine.set(.none)
            // A sale's budget ends only with the sale.
            try await scene.changeSale()
        case .postgresSlow:
            await scene.dismissCrowd()
            try await stage.stores.postgresLine.set(.none)
        case .targetsGone: try stage.scrapeServices([([stage.service.operationsPort], [:])])
        }
    }
}
