// What may happen to a service and its stores while buyers are at work: each fault begins, is felt, and ends.

import DevStack
import Testing

enum StoreFault: String, CaseIterable, Sendable {
    case postgresKilled = "postgres_killed"
    case postgresHalfOpen = "postgres_half_open"
    case recordReplyDropped = "record_reply_dropped"
    case orderReplyDropped = "order_reply_dropped"
    case orderCut = "order_cut"
    case saleLocked = "sale_locked"
    case redisKilled = "redis_killed"
    case redisDown = "redis_down"
    case redisSlow = "redis_slow"
    case redisHalfOpen = "redis_half_open"
    case redisEmptied = "redis_emptied"
    case redisFrozen = "redis_frozen"
    case serviceKilled = "service_killed"
    /// For longer than its leases last.
    case serviceFrozen = "service_frozen"

    /// What buyers may notice of it.
    enum Notice: Sendable {
        /// Nothing but time.
        case nothing
        /// 503 is allowed, and must have been said.
        case unavailable
        /// Answers may be missing.
        case silence
    }

    var notice: Notice {
        switch self {
        case .postgresKilled, .postgresHalfOpen, .saleLocked: .unavailable
        case .serviceKilled, .serviceFrozen: .silence
        default: .nothing
        }
    }

    /// How many instances share the sale.
    var services: Int { [.serviceKilled, .serviceFrozen].contains(self) ? 2 : 1 }

    /// Begins the fault, waits until it was felt, and ends it.
    ///
    /// - Returns: how long after its end, or its stroke where it has no end, the next purchase is acknowledged; where
    ///   Redis has lost the gate, how long until it is loaded again.
    func strike(_ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess], sale: Int) async throws -> Duration
    {
        switch self {
        case .postgresKilled, .postgresHalfOpen, .saleLocked: return try await stopWrites(stage, rush, sale: sale)
        case .recordReplyDropped: return try await loseReply(.dropReply(to: Self.call("record")), stage, rush)
        case .orderReplyDropped: return try await loseReply(.dropReply(to: Self.call("order")), stage, rush)
        case .orderCut: return try await loseReply(.cut(after: Self.call("order")), stage, rush)
        case .serviceKilled: return try await killService(stage, rush, &services)
        case .serviceFrozen: return try await freeze(services[0], stage, rush)
        case .redisKilled, .redisDown, .redisSlow, .redisHalfOpen, .redisEmptied, .redisFrozen:
            return try await hurtRedis(stage, rush, sale: sale)
        }
    }

    private func stopWrites(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        switch self {
        case .postgresKilled:
            stage.postgres.kill(.kill)
            try await rush.untilUnavailable()
            try await stage.postgres.restart()
        case .postgresHalfOpen:
            try await stage.postgresLine.set(.halfOpen)
            try await rush.untilUnavailable()
            try await stage.postgresLine.set(.none)
        default:
            try await stage.deployment.ledger.withSaleBlocked(sale) { try await rush.untilUnavailable() }
        }
        return try await rush.recovery(since: .now)
    }

    /// A statement's outcome is known to Postgres alone: the service settles it by sending it again.
    private func loseReply(_ fault: FaultProxy.Fault, _ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let strikes = try await stage.postgresLine.strikes
        try await stage.postgresLine.set(fault)
        try await until("the fault strikes") { try await stage.postgresLine.strikes > strikes }
        return try await rush.recovery(since: .now)
    }

    /// While Redis is out of order, buying goes on.
    private func hurtRedis(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        let start = ContinuousClock.now
        switch self {
        case .redisKilled, .redisDown: stage.redis.kill(.kill)
        case .redisSlow: try await stage.redisLine.set(.delay(.milliseconds(300)))
        case .redisHalfOpen: try await stage.redisLine.set(.halfOpen)
        case .redisFrozen: stage.redis.kill(.stop)
        default: #expect(RedisConsole(url: stage.redis.url).send("FLUSHALL") == "+OK")
        }
        let recovery = try await rush.recovery(since: start)
        if ![.redisKilled, .redisEmptied].contains(self) { try await rush.untilOrders(Self.ordersMeanwhile) }
        switch self {
        case .redisEmptied: return try await Self.loaded(sale, in: stage, since: start)
        case .redisKilled, .redisDown:
            try await stage.redis.restart()
            return try await Self.loaded(sale, in: stage, since: .now)
        case .redisFrozen: stage.redis.kill(.resume)
        default: try await stage.redisLine.set(.none)
        }
        return recovery
    }

    /// How long after a moment the gate is loaded again.
    private static func loaded(
        _ sale: Int, in stage: FaultStage, since start: ContinuousClock.Instant
    ) async throws -> Duration {
        let console = RedisConsole(url: stage.redis.url)
        return try await eventually("the gate is loaded") {
            console.send("EXISTS {\(sale)}:marker") == ":1" ? ContinuousClock.now - start : nil
        }
    }

    /// Freezes the instance that was there first, and so has the duties, until another has them.
    private func freeze(_ service: ServeProcess, _ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let fences = "SELECT min(fence) FROM duties WHERE duty IN ('sweeper', 'drift_check')"
        let before = try await stage.deployment.ledger.number(fences)
        service.process.send(.stop)
        try await until("another has its duties") { try await stage.deployment.ledger.number(fences) > before }
        service.process.send(.resume)
        return try await rush.recovery(since: .now)
    }

    private func killService(
        _ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]
    ) async throws -> Duration {
        let start = ContinuousClock.now
        let gone = services.removeFirst()
        gone.process.send(.kill)
        #expect(await gone.process.end() == 137)
        let recovery = try await rush.recovery(since: start)
        let next = try await stage.serve()
        services.append(next)
        rush.replace(gone.port, by: next.port)
        return recovery
    }

    /// So many purchases must succeed while Redis is out of order.
    private static let ordersMeanwhile = 500

    /// How a prepared statement's execution begins on the wire: no portal's name, then its own.
    private static func call(_ statement: String) -> String { "\0\(statement)\0" }
}
