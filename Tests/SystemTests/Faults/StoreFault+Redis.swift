// The faults of Redis and of the line to it. Buyers notice nothing of them.

import DevStack
import Testing

extension StoreFault {
    /// The number of purchases that must succeed while Redis is out of order.
    private static let ordersMeanwhile = 200
    /// The same while it is out of order for a moment, or has fallen behind.
    private static let ordersBriefly = 50

    /// Redis loses the gate, or returns with an old one: a rebuild loads it again.
    func loseGate(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        let console = RedisConsole(url: stage.redis.url)
        let keys = try await stage.deployment.ledger.keys(of: sale)
        var start = ContinuousClock.now
        switch self {
        case .redisKilled:
            stage.redis.kill(.kill)
            _ = try await rush.recovery(since: start)
            try await stage.redis.restart()
            start = .now
        case .redisLoading:
            #expect(console.send("DEBUG POPULATE 2000") == "+OK")
            #expect(console.send("SAVE") == "+OK")
            stage.redis.kill(.kill)
            async let restarted: Void = stage.redis.restart()
            try await until("it loads") { console.send("PING")?.hasPrefix("-LOADING") == true }
            try await rush.untilOrders(Self.ordersBriefly)
            #expect(console.send("PING")?.hasPrefix("-LOADING") == true, "it had loaded too soon to be felt")
            try await restarted
            start = .now
        case .redisRolledBack:
            #expect(console.send("SAVE") == "+OK")
            try await rush.untilOrders(Self.ordersBriefly)
            stage.redis.kill(.kill)
            try await stage.redis.restart()
            start = .now
        case .redisLogReplayed:
            stage.redis.kill(.kill)
            try await stage.redis.restart()
            #expect(console.send("EXISTS \(keys):marker") == ":1", "its log did not bring the gate back")
            start = .now
        case .redisReplacedEmpty, .redisReplacedStale: start = try await replaceRedis(stage, rush, sale: sale)
        case .redisEmptied: #expect(console.send("FLUSHALL") == "+OK")
        case .redisScriptsLost: #expect(console.send("SCRIPT FLUSH") == "+OK")
        default: return try await spoilKeys(stage, rush, sale: sale)
        }
        stage.timeline.note("the fault is over")
        _ = try await rush.recovery(since: start)
        return try await Self.loaded(sale, in: stage, since: start)
    }

    /// While Redis is out of order, purchases go on.
    func hurtRedis(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        let (line, console) = (stage.redisLine, RedisConsole(url: stage.redis.url))
        switch self {
        case .redisDown: stage.redis.kill(.kill)
        case .redisFrozen: stage.redis.kill(.stop)
        case .redisRefused: try await line.refuse()
        case .redisOutOfMemory: #expect(console.send("CONFIG SET maxmemory 1") == "+OK")
        case .redisAlone: #expect(console.send("CONFIG SET min-replicas-to-write 1") == "+OK")
        case .redisDemoted: #expect(console.send("REPLICAOF 127.0.0.1 1") == "+OK")
        case .redisDiskFull:
            try #require(stage.disk).fill()
            // Its log is written every second.
            try await until("it refuses writes") { console.send("SET full yes")?.hasPrefix("-MISCONF") == true }
        default: try await line.set(try #require(Self.lineFaults[self]))
        }
        try await rush.untilOrders(Self.ordersMeanwhile)
        switch self {
        case .redisDown: try await stage.redis.restart()
        case .redisFrozen: stage.redis.kill(.resume)
        case .redisRefused: try await line.admit()
        case .redisOutOfMemory: #expect(console.send("CONFIG SET maxmemory 0") == "+OK")
        case .redisAlone: #expect(console.send("CONFIG SET min-replicas-to-write 0") == "+OK")
        case .redisDemoted: #expect(console.send("REPLICAOF NO ONE") == "+OK")
        case .redisDiskFull: try #require(stage.disk).free()
        default: try await line.set(.none)
        }
        stage.timeline.note("the fault is over")
        let end = ContinuousClock.now
        _ = try await rush.recovery(since: end)
        return try await Self.loaded(sale, in: stage, since: end)
    }

    private static let lineFaults: [StoreFault: FaultProxy.Fault] = [
        .redisSlow: .delay(.milliseconds(300)), .redisJitter: .jitter(upTo: .milliseconds(100)),
        .redisTrickle: .trickle, .redisHalfOpen: .halfOpen, .redisMute: .mute,
        .redisErring: .answer("-ERR out of order\r\n"), .redisLying: .answer(":1\r\n"),
        .redisGarbled: .answer("HTTP/1.1 400 Bad Request\r\n\r\n"),
    ]

    /// Another Redis takes over, empty or some purchases behind.
    ///
    /// - Returns: when it did.
    private func replaceRedis(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> ContinuousClock.Instant {
        let replica = try #require(stage.replica)
        let password = RedisConsole(url: stage.redis.url).password
        #expect(RedisConsole(url: replica.url).send("CONFIG SET requirepass \(password)") == "+OK")
        let console = RedisConsole(url: "redis://:\(password)@127.0.0.1:\(replica.port)/0")
        if self == .redisReplacedStale {
            let keys = try await stage.deployment.ledger.keys(of: sale)
            #expect(console.send("CONFIG SET masterauth \(password)") == "+OK")
            #expect(console.send("REPLICAOF 127.0.0.1 \(stage.redis.port)") == "+OK")
            try await until("the replica has the gate") { console.send("EXISTS \(keys):marker") == ":1" }
            #expect(console.send("REPLICAOF NO ONE") == "+OK")
            try await rush.untilOrders(Self.ordersBriefly)
        }
        stage.redis.kill(.kill)
        try await stage.redisLine.lead(to: replica.port)
        return .now
    }

    /// Deletes each key of the gate in turn, or gives it another type. Before the next key it waits until the gate is
    /// loaded again.
    ///
    /// - Returns: the longest time without a loaded gate.
    private func spoilKeys(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        let keys = try await stage.deployment.ledger.keys(of: sale)
        var longest = Duration.zero
        let spoil =
            self == .redisKeysLost
            ? "return redis.call('DEL', k)" : "redis.call('DEL', k) return redis.call('LPUSH', k, 'x')"
        for name in ["free", "sold", "held", "buyers", "marker"] {
            let script = """
                local epoch = string.match(redis.call('GET', '\(keys):marker'), '^%d+')
                local k = '\(keys):' .. (KEYS[1] == 'marker' and '' or epoch .. ':') .. KEYS[1]
                \(spoil)
                """
            let start = ContinuousClock.now
            #expect(RedisConsole(url: stage.redis.url).evaluate(script, keys: [name]) == 1)
            _ = try await rush.recovery(since: start)
            let whole = try await Self.loaded(sale, in: stage, since: start)
            stage.timeline.note("without \(name) for \(whole)")
            longest = max(longest, whole)
        }
        return longest
    }

    /// The time from a moment until the gate is loaded again in the Redis that the services reach: a marker of this
    /// very run, and all four keys with their right types.
    private static func loaded(
        _ sale: Int, in stage: FaultStage, since start: ContinuousClock.Instant
    ) async throws -> Duration {
        let console = RedisConsole(url: stage.reached.redisURL)
        let keys = try await stage.deployment.ledger.keys(of: sale)
        let script = """
            local epoch, run = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%x+) ')
            if not epoch or not string.find(redis.call('INFO', 'server'), run, 1, true) then return 0 end
            for name, kind in pairs({free = 'string', sold = 'string', held = 'hash', buyers = 'hash'}) do
                if redis.call('TYPE', '\(keys):' .. epoch .. ':' .. name).ok ~= kind then return 0 end
            end
            return 1
            """
        return try await eventually("the gate is loaded") {
            console.evaluate(script, keys: ["\(keys):marker"]) == 1 ? ContinuousClock.now - start : nil
        }
    }
}
