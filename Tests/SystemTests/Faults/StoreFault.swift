// The faults of a service and its stores while buyers are at work: each begins, is felt, and ends.

enum StoreFault: String, CaseIterable, Sendable {
    case postgresKilled = "postgres_killed"
    case postgresRestarted = "postgres_restarted"
    /// Kills one of its processes: Postgres then ends all others and recovers.
    case backendKilled = "backend_killed"
    /// Stops the process that has the sale's lock, in the middle of a batch.
    case backendFrozen = "backend_frozen"
    /// Cuts every connection at once. Requests under way are sent again.
    case postgresCut = "postgres_cut"
    case postgresHalfOpen = "postgres_half_open"
    case postgresMute = "postgres_mute"
    case postgresTrickle = "postgres_trickle"
    case postgresRefused = "postgres_refused"
    case postgresCrowded = "postgres_crowded"
    case postgresReadOnly = "postgres_read_only"
    case postgresDiskFull = "postgres_disk_full"
    case recordReplyDropped = "record_reply_dropped"
    case orderReplyDropped = "order_reply_dropped"
    case releaseReplyDropped = "release_reply_dropped"
    case orderCut = "order_cut"
    case saleLocked = "sale_locked"
    /// Each committing backend then writes the log itself.
    case walWriterFrozen = "wal_writer_frozen"
    case postgresJitter = "postgres_jitter"
    case postgresSlow = "postgres_slow"
    /// `flashsale migrate` runs beside the services.
    case migrated = "migrated"
    case redisKilled = "redis_killed"
    case redisDown = "redis_down"
    case redisLoading = "redis_loading"
    case redisRolledBack = "redis_rolled_back"
    /// It comes back with its log of a second ago.
    case redisLogReplayed = "redis_log_replayed"
    case redisReplacedEmpty = "redis_replaced_empty"
    case redisReplacedStale = "redis_replaced_stale"
    case redisSlow = "redis_slow"
    case redisJitter = "redis_jitter"
    case redisTrickle = "redis_trickle"
    case redisHalfOpen = "redis_half_open"
    case redisMute = "redis_mute"
    case redisRefused = "redis_refused"
    case redisFrozen = "redis_frozen"
    case redisErring = "redis_erring"
    case redisLying = "redis_lying"
    case redisGarbled = "redis_garbled"
    case redisOutOfMemory = "redis_out_of_memory"
    case redisDiskFull = "redis_disk_full"
    /// It wants more replicas than follow it, so that it refuses writes.
    case redisAlone = "redis_alone"
    /// It becomes a replica of a master that is not there, and a master again.
    case redisDemoted = "redis_demoted"
    case redisEmptied = "redis_emptied"
    case redisKeysLost = "redis_keys_lost"
    case redisWrongTypes = "redis_wrong_types"
    case redisScriptsLost = "redis_scripts_lost"
    case serviceKilled = "service_killed"
    /// Kills all at once, again and again.
    case servicesKilled = "services_killed"
    /// Stops one for longer than its leases last.
    case serviceFrozen = "service_frozen"
    case servicesRolled = "services_rolled"
    case serviceClock = "service_clock"
    case serviceClockSteps = "service_clock_steps"
    case serviceLogDiskFull = "service_log_disk_full"
    case serviceDescriptors = "service_descriptors"
    case serviceStarved = "service_starved"

    /// What buyers may notice.
    enum Notice: Sendable {
        /// Only time. A refused connection is no request: buyers try the next instance.
        case nothing
        /// 503 is allowed.
        case perhapsUnavailable
        /// 503 is allowed, and one must have come.
        case unavailable
        /// Answers may be missing.
        case silence
    }

    var notice: Notice {
        switch self {
        case .postgresKilled, .postgresRestarted, .postgresHalfOpen, .postgresMute, .postgresTrickle, .postgresRefused,
            .postgresCrowded, .postgresReadOnly, .postgresDiskFull, .postgresSlow, .backendFrozen, .saleLocked:
            .unavailable
        case .backendKilled, .serviceStarved: .perhapsUnavailable
        case .serviceKilled, .servicesKilled, .serviceFrozen: .silence
        default: .nothing
        }
    }

    /// How many instances share the sale.
    var services: Int {
        [.serviceKilled, .servicesKilled, .serviceFrozen, .servicesRolled, .migrated].contains(self) ? 2 : 1
    }

    /// Begins the fault, waits until it was felt, and ends it.
    ///
    /// - Returns: the time from its end (or its start, if it has no end) until the next purchase is acknowledged or, if
    ///   Redis has lost the gate, until the gate is loaded again.
    func strike(_ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess], sale: Int) async throws -> Duration
    {
        switch self {
        case .postgresKilled, .postgresRestarted, .postgresHalfOpen, .postgresMute, .postgresTrickle, .postgresRefused,
            .postgresCrowded, .postgresReadOnly, .postgresDiskFull, .backendFrozen, .saleLocked:
            return try await stopWrites(stage, rush, sale: sale)
        case .backendKilled, .postgresCut, .recordReplyDropped, .orderReplyDropped, .releaseReplyDropped, .orderCut:
            return try await breakStatement(stage, rush)
        case .walWriterFrozen, .postgresJitter, .postgresSlow, .migrated: return try await disturbPostgres(stage, rush)
        case .redisKilled, .redisLoading, .redisRolledBack, .redisLogReplayed, .redisReplacedEmpty, .redisReplacedStale,
            .redisEmptied,
            .redisKeysLost, .redisWrongTypes, .redisScriptsLost:
            return try await loseGate(stage, rush, sale: sale)
        case .redisDown, .redisSlow, .redisJitter, .redisTrickle, .redisHalfOpen, .redisMute, .redisRefused,
            .redisFrozen,
            .redisErring, .redisLying, .redisGarbled, .redisOutOfMemory, .redisDiskFull, .redisAlone, .redisDemoted:
            return try await hurtRedis(stage, rush, sale: sale)
        case .serviceKilled, .servicesKilled, .serviceFrozen, .servicesRolled, .serviceClock, .serviceClockSteps,
            .serviceLogDiskFull, .serviceDescriptors, .serviceStarved:
            return try await hurtServices(stage, rush, &services)
        }
    }
}
