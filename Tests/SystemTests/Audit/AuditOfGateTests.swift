// The audit of the gate, on a Redis that the tests fill by hand: the differences that it must find, and those that it
// must ignore.

import Audit
import DevStack
import HiredisClient
import Logging
import NIOPosix
import Synchronization
import Telemetry
import Testing

@Suite("The audit of the gate")
struct AuditOfGateTests {
    @Test("A gate that agrees with the ledger is clean, in one read")
    func clean() async throws {
        try await withGate { sale, redis in
            let report = try await audit(sale, redis) { _ in Issue.record("there was nothing to look at twice") }
            #expect(report.isClean, "\(report.table)")
            #expect(report.notes.isEmpty)
            #expect(report.findings.filter { $0.check.hasPrefix("gate") }.count == 3)
        }
    }

    @Test("Every difference in the gate is found", arguments: Difference.all)
    func different(_ difference: Difference) async throws {
        try await withGate { sale, redis in
            try await send(difference.command, to: redis, of: sale)
            let report = try await audit(sale, redis)
            let found = report.findings.filter { $0.breaches > 0 }
            #expect(found.map(\.check) == [difference.check], "\(report.table)")
            #expect(found.first?.counterexamples.contains { $0.contains(difference.says) } == true, "\(report.table)")
        }
    }

    @Test("A gate of an older epoch is not loaded")
    func olderEpoch() async throws {
        try await withGate { sale, redis in
            try await sale.spoil("update sales set epoch = 2 where sale_id = 1")
            let report = try await audit(sale, redis)
            #expect(report.findings.filter { $0.breaches > 0 }.map(\.check) == ["gate_is_loaded"])
        }
    }

    @Test(
        "A difference that is gone at the second read does not count",
        arguments: ["SETBIT {1}:1:free 3 0", "DEL {1}:marker"])
    func passing(command: String) async throws {
        try await withGate { sale, redis in
            try await send(command, to: redis, of: sale)
            let report = try await audit(sale, redis) { _ in try await fill(redis, of: sale) }
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("A difference is read again for 5 s, and no longer than there is one")
    func pauses() async throws {
        try await withGate { sale, redis in
            try await send("SETBIT {1}:1:free 3 0", to: redis, of: sale)
            let waited = Mutex(Duration.zero)
            let report = try await audit(sale, redis) { pause in waited.withLock { $0 += pause } }
            #expect(!report.isClean && waited.withLock { $0 } == .seconds(5))
            let rounds = Mutex(0)
            let mended = try await audit(sale, redis) { _ in
                let round = rounds.withLock { rounds in
                    rounds += 1
                    return rounds
                }
                if round == 2 { try await fill(redis, of: sale) }
            }
            #expect(mended.isClean && rounds.withLock { $0 } == 2)
        }
    }

    @Test("Another difference at the same place in the second read does not count: buyers have gone on")
    func moving() async throws {
        try await withGate { sale, redis in
            try await send("HDEL {1}:1:held 1", to: redis, of: sale)
            try await send("SETBIT {1}:1:free 1 1", to: redis, of: sale)
            let report = try await audit(sale, redis) { _ in
                try await send("SETBIT {1}:1:free 1 0", to: redis, of: sale)
            }
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("A gate that was loaded meanwhile is a note")
    func loadedMeanwhile() async throws {
        try await withGate { sale, redis in
            try await send("DEL {1}:marker", to: redis, of: sale)
            let report = try await audit(sale, redis) { _ in try await fill(redis, of: sale) }
            #expect(report.notes == ["the gate of sale 1 was loaded during the audit"])
        }
    }

    @Test("A sale that has not begun need not be loaded")
    func upcoming() async throws {
        try await withGate { sale, redis in
            try await sale.spoil(
                """
                update sales set started_at = now() + interval '1 day', ended_at = now() + interval '2 days'
                where sale_id = 2
                """)
            #expect(try await audit(sale, redis).isClean)
        }
    }

    @Test("A sale that has not begun and is loaded must be right")
    func upcomingAndLoaded() async throws {
        try await withGate { sale, redis in
            try await sale.spoil("update sales set started_at = now() + interval '5 minutes' where sale_id = 1")
            try await send("SETBIT {1}:1:free 3 0", to: redis, of: sale)
            let report = try await audit(sale, redis)
            #expect(report.findings.filter { $0.breaches > 0 }.map(\.check) == ["gate_units"])
        }
    }

    @Test("Without Redis the gate is left unchecked, and the audit has not passed")
    func unreachable() async throws {
        try await AuditedSale.withCopy { sale in
            // This client does not run, so it never connects.
            let redis = try client("redis://127.0.0.1:1")
            let auditor = Auditor(postgres: sale.postgres, redis: redis, connectTimeout: .milliseconds(1))
            let report = try await auditor.audit()
            #expect(report.isClean)
            #expect(report.problem?.hasPrefix("the gate was not checked: redis") == true)
            #expect(report.table.contains("AUDIT INCOMPLETE in ") && report.notes.isEmpty)
            #expect(try report.json().contains("\"passed\" : false"))
        }
    }

    // MARK: A gate filled by hand

    private func withGate(_ body: (AuditedSale, RedisClient) async throws -> Void) async throws {
        try await AuditedSale.withCopy { sale in
            let redis = try client(try await TestServers.shared.redisURL())
            let running = Task { await redis.run() }
            defer { running.cancel() }
            try await redis.waitUntilConnected(within: .seconds(20))
            try await fill(redis, of: sale)
            try await body(sale, redis)
        }
    }

    private func client(_ url: String) throws -> RedisClient {
        var configuration = try RedisConfiguration(url: url)
        configuration.commandTimeout = .seconds(10)
        return RedisClient(
            configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// The true contents of the sale's gate: units 0, 2 and 10 are sold, bob holds 1 and 4.
    private func fill(_ redis: RedisClient, of sale: AuditedSale) async throws {
        let hold = "\(AuditedSale.code("b")) 0 bob"
        var commands = [["FLUSHDB"]]
        for ordinal in 0..<12 {
            let (isSold, isHeld) = ([0, 2, 10].contains(ordinal), [1, 4].contains(ordinal))
            commands.append(["SETBIT", "{1}:1:free", String(ordinal), isSold || isHeld ? "0" : "1"])
            commands.append(["SETBIT", "{1}:1:sold", String(ordinal), isSold ? "1" : "0"])
        }
        commands.append(["HSET", "{1}:1:held", "", "", "1", hold, "4", hold])
        commands.append(["HSET", "{1}:1:buyers", "", "", "ann", "- 2 ", "eve", "- 1 "])
        commands.append(["HSET", "{1}:1:buyers", "bob", "\(AuditedSale.code("b")) 0 4,1"])
        commands.append(["SET", "{1}:marker", "1 \(try await redis.connection().runID) 2"])
        for command in commands { try await send(command, to: redis, of: sale) }
    }

    private func send(_ command: String, to redis: RedisClient, of sale: AuditedSale) async throws {
        try await send(command.split(separator: " ").map(String.init), to: redis, of: sale)
    }

    /// Sends a command, in which `{1}` stands for what the keys of sale 1 begin with.
    private func send(_ words: [String], to redis: RedisClient, of sale: AuditedSale) async throws {
        let keys = "flashsale:{\(try await sale.identity()):1}"
        _ = try await redis.send(RedisCommand(.other, words.map { $0.replacing("{1}", with: keys) }))
    }

    private func audit(
        _ sale: AuditedSale, _ redis: RedisClient,
        meanwhile: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) async throws -> AuditReport {
        try await Auditor(postgres: sale.postgres, redis: redis, pause: meanwhile).audit()
    }
}

/// A command that makes the gate differ from the ledger, and the expected finding.
struct Difference: Sendable, CustomTestStringConvertible {
    let check: String
    let says: String
    let command: [String]

    var testDescription: String { says }

    private init(_ check: String, says: String, _ command: String...) {
        self.check = check
        self.says = says
        self.command = command
    }

    static let all = [
        Difference(
            "gate_units", says: "unit ITM-1-1/1: the ledger says sold, the gate neither free, held nor sold",
            "SETBIT", "{1}:1:sold", "0", "0"),
        Difference(
            "gate_units", says: "unit ITM-1-1/1: the ledger says sold, the gate free and sold",
            "SETBIT", "{1}:1:free", "0", "1"),
        Difference(
            "gate_units", says: "unit ITM-1-2/2: the ledger says free, the gate neither free, held nor sold",
            "SETBIT", "{1}:1:free", "3", "0"),
        Difference(
            "gate_units", says: "the gate held by cccc", "HSET", "{1}:1:held", "4",
            "\(AuditedSale.code("c")) 0 bob"),
        Difference(
            "gate_units", says: "for cyd", "HSET", "{1}:1:held", "4", "\(AuditedSale.code("b")) 0 cyd"),
        Difference(
            "gate_units", says: "the ledger says held by bbbb", "HDEL", "{1}:1:held", "4"),
        Difference(
            "gate_units", says: "unit ITM-1-2/2: the gate says free and also held by bbbb", "HSET", "{1}:1:held",
            "3",
            "\(AuditedSale.code("b")) 0 bob"),
        Difference(
            "gate_buyers", says: "buyer ann of sale 1 (code, bought, held): the ledger says - 2 , the gate - 1 ",
            "HSET", "{1}:1:buyers", "ann", "- 1 "),
        Difference(
            "gate_buyers", says: "the ledger says - 1 , the gate nothing", "HDEL", "{1}:1:buyers", "eve"),
        Difference(
            "gate_buyers", says: "buyer zoe of sale 1 (code, bought, held): the ledger says nothing",
            "HSET", "{1}:1:buyers", "zoe", "- 1 "),
        Difference("gate_is_loaded", says: "the marker says nothing", "DEL", "{1}:marker"),
        Difference("gate_is_loaded", says: "the marker says 1 another 2", "SET", "{1}:marker", "1 another 2"),
        Difference("gate_is_loaded", says: "a key is missing", "DEL", "{1}:1:buyers"),
    ]
}
