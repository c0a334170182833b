// The private servers at work: they want their password, come back after a crash, and serve many tests at once.

import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import DevStack

@Suite("The private servers", .timeLimit(.minutes(5)))
struct ServerTests {
    @Test("Redis listens only on loopback and wants its password")
    func redisPassword() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let answer = LoopbackPort(number: redis.port).answer(to: Array("PING\r\n".utf8))
        #expect(String(decoding: answer, as: UTF8.self).hasPrefix("-NOAUTH"))
        #expect(listeners(on: redis.port) == ["0100007F"])
        await redis.stop()
    }

    @Test("Postgres listens only on loopback and wants its password")
    func postgresListens() async throws {
        let postgres = try await PrivatePostgres.start(.ephemeral)
        #expect(listeners(on: postgres.port) == ["0100007F"])
        let startup: [UInt8] = [0, 0, 0, 24, 0, 3, 0, 0] + Array("user\0flashsale\0\0".utf8)
        let answer = LoopbackPort(number: postgres.port).answer(to: startup)
        // An authentication request of kind 10, SASL.
        #expect(answer.prefix(9) == [UInt8(ascii: "R"), 0, 0, 0, 23, 0, 0, 0, 10])
        await postgres.stop()
    }

    @Test("A killed server comes back on its port", arguments: [ServerSignal.kill, .quit, .interrupt])
    func restartOfPostgres(signal: ServerSignal) async throws {
        let postgres = try await PrivatePostgres.start(.ephemeral)
        try await postgres.createDatabase("kept")
        let port = postgres.port
        postgres.kill(signal)
        try await postgres.restart()
        #expect(postgres.port == port)
        try await postgres.createDatabase("copy", template: "kept")
        await postgres.stop()
    }

    @Test("A killed Redis comes back on its port")
    func restartOfRedis() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let (port, process) = (redis.port, redis.processID)
        redis.kill(.kill)
        try await redis.restart()
        #expect(redis.port == port)
        #expect(redis.processID != process)
        await redis.stop()
    }

    @Test("If a port is in use, one sentence names it")
    func portInUse() async throws {
        let first = try await PrivateRedis.start(.ephemeral)
        var configuration = PrivateRedis.Configuration.ephemeral
        configuration.place.port = first.port
        let error = await #expect(throws: DevStackError.self) { _ = try await PrivateRedis.start(configuration) }
        #expect(error?.code == .portInUse)
        #expect(error?.description == "Redis cannot listen on port \(first.port): it is taken.")
        await first.stop()
    }

    @Test("If a server does not start, the error shows the end of its log")
    func badSetting() async throws {
        var configuration = PrivatePostgres.Configuration.ephemeral
        configuration.settings = ["no_such_setting": "on"]
        let error = await #expect(throws: DevStackError.self) { _ = try await PrivatePostgres.start(configuration) }
        #expect(error?.code == .notReady)
        #expect(error?.logTail.contains("no_such_setting") == true)
    }

    @Test("The variables of the user's environment do not reach Postgres")
    func environment() async throws {
        await #expect(processExitsWith: .success) {
            setenv("PGOPTIONS", "-c no_such_setting=on", 1)
            setenv("PGPORT", "1", 1)
            let postgres = try await PrivatePostgres.start(.ephemeral)
            try await postgres.createDatabase("works")
            await postgres.stop()
        }
    }

    @Test("Prometheus scrapes its target, whatever the name of its directory")
    func prometheus() async throws {
        let parent = "/tmp/flashsale-test-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: parent) }
        var configuration = PrivatePrometheus.Configuration()
        configuration.place.directory = parent + #"/{a}[b] * "c\d'"#
        configuration.target = nil
        let prometheus = try await PrivatePrometheus.start(configuration)
        #expect(listeners(on: prometheus.port) == ["0100007F"])
        let question = "GET /api/v1/targets HTTP/1.0\r\n\r\n"
        func targets() -> String {
            let answer = LoopbackPort(number: prometheus.port).answer(to: Array(question.utf8))
            return String(decoding: answer, as: UTF8.self)
        }
        #expect(!targets().contains("http://"))
        for target in ["127.0.0.1:1", "127.0.0.1:2"] {
            try prometheus.scrape(target)
            let isScraped = await poll(within: .seconds(30)) {
                targets().contains("http://\(target)/metrics") ? true : nil
            }
            #expect(isScraped == true)
        }
        #expect(!targets().contains("http://127.0.0.1:1/metrics"))
        await prometheus.stop()
    }

    @Test("Prometheus evaluates the rules of its directory")
    func rules() async throws {
        let rules = #filePath.replacing("Tests/DevStackTests/ServerTests.swift", with: "prometheus/rules")
        var configuration = PrivatePrometheus.Configuration()
        configuration.target = "127.0.0.1:1"
        configuration.rules = rules
        let prometheus = try await PrivatePrometheus.start(configuration)
        let question = "GET /api/v1/rules HTTP/1.0\r\n\r\n"
        let answer = LoopbackPort(number: prometheus.port).answer(to: Array(question.utf8))
        #expect(String(decoding: answer, as: UTF8.self).contains("FlashSaleInstanceDown"))
        await prometheus.stop()
    }

    @Test("Tests share one Postgres; each has its own copy of a template that was prepared once")
    func templates() async throws {
        let prepared = Count()
        let prepare: @Sendable (String) async throws -> Void = { _ in prepared.value.add(1, ordering: .relaxed) }
        let lend: @Sendable () async throws -> String = {
            try await TestServers.shared.withDatabase(template: "templates", prepare: prepare) { $0 }
        }
        async let one = lend()
        async let two = lend()
        async let three = lend()
        let urls = try await [one, two, three]
        #expect(Set(urls).count == 3)
        #expect(prepared.value.load(ordering: .relaxed) == 1)
    }

    @Test("Tests share one Redis; each has its own database")
    func redisDatabases() async throws {
        let first = try await TestServers.shared.redisURL()
        let second = try await TestServers.shared.redisURL()
        #expect(first != second)
        #expect(first.split(separator: "/")[1] == second.split(separator: "/")[1])
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    /// The local addresses of the sockets that listen on a port, as /proc writes them.
    private func listeners(on port: Int) -> [String] {
        let suffix = ":" + String(port + 0x10000, radix: 16, uppercase: true).dropFirst()
        let lines = ServerProof.lines(of: "/proc/net/tcp") + ServerProof.lines(of: "/proc/net/tcp6")
        return lines.compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 3, columns[3] == "0A", columns[1].hasSuffix(suffix) else { return nil }
            return String(columns[1].dropLast(suffix.count))
        }
    }
}
