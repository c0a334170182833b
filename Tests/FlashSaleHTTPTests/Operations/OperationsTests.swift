// Probes, scrapes, profiles and the level of the log.

import Dispatch
import FlashSale
import FlashSaleHTTP
import NIOCore
import Synchronization
import Telemetry
import Testing

@Suite("The operations")
struct OperationsTests {
    @Test("/health has exactly the documented fields", arguments: [false, true])
    func health(ofOperations: Bool) async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/health", ofOperations: ofOperations) }
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/json")
        let start = #"{"services_status":{"app":"UP","database":"UP","redis":"UP"},"uptime":""#
        let end = #"s","memory":{"alloc":1,"total_alloc":2,"sys":3,"num_gc":0},"goroutines":4}"#
        #expect(answer.text.hasPrefix(start))
        #expect(answer.text.hasSuffix(end))
    }

    @Test(
        "Health shows a dependency that is down; readiness depends on the database alone",
        arguments: [
            (Dependency.redis, 503, 200, "ready\n", "ready\ndegraded: redis down\n"),
            (.database, 503, 503, "database down\n", "database down\n"),
            (.migrations, 200, 503, "migrations pending\n", "migrations pending\n"),
        ])
    func down(dependency: Dependency, health: Int, readiness: Int, text: String, verbose: String) async throws {
        try await TestServer.with { setup in
            setup.probes = [.database, .redis, .migrations].map { probe in HealthProbe(probe) { probe != dependency } }
        } _: { server in
            #expect(try await server.ask("GET", "/health").status == health)
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.status == readiness)
            #expect(ready.text == text)
            #expect(try await server.ask("GET", "/readyz?verbose", ofOperations: true).text == verbose)
            #expect(try await server.ask("GET", "/healthz").text == "alive\n")
            #expect(server.instruments.health.dependencyUp.value(dependency) == 0)
            #expect(server.instruments.health.dependencyUp.value(.app) == 1)
        }
    }

    @Test("A full disk ends readiness; the verbose answer lists the replicas")
    func disk() async throws {
        let lag = "replica east: streaming, 12 ms behind"
        try await TestServer.with { setup in
            setup.isDiskFull = { true }
            setup.replicas = [lag]
        } _: { server in
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.status == 503 && ready.text == "disk full\n")
            #expect(try await server.ask("GET", "/readyz?verbose").text == "disk full\n\(lag)\n")
            #expect(try await server.ask("GET", "/health").status == 200)
        }
    }

    @Test("A disk that does not answer delays no probe")
    func hangingDisk() async throws {
        let (never, continuation) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.limits.probeTimeout = .milliseconds(10)
            setup.isDiskFull = {
                for await _ in never {}
                return true
            }
        } _: { server in
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.text == "ready\n")
            continuation.finish()
        }
    }

    @Test("The table of live requests has a running request, with its handler and age, until its end")
    func liveRequests() async throws {
        let live = LiveRequests()
        try await TestServer.with { setup in
            setup.live = live
            setup.profile = { _ in
                let lines = live.entries().map { "\($0.handler.rawValue) \($0.age > .zero && $0.age < .seconds(60))" }
                return DebugAnswer(
                    status: 200, contentType: "text/plain", fileName: nil,
                    body: Array(lines.joined(separator: "\n").utf8))
            }
        } _: { server in
            let answer = try await server.ask(
                "GET", "/debug/pprof/goroutine", ["X-Request-Id: one"], ofOperations: true)
            #expect(answer.text == "debug_pprof true")
            await server.logs.ended("one")
            #expect(live.entries().isEmpty)
        }
    }

    @Test("The level of the log is read and set on the port for operations alone")
    func logLevel() async throws {
        try await TestServer.with { server in
            #expect(try await server.ask("GET", "/debug/loglevel", ofOperations: true).text == "info\n")
            let set = try await server.ask("PUT", "/debug/loglevel", body: " DEBUG\n", ofOperations: true)
            #expect(set.status == 200 && set.text == "debug\n")
            for body in ["loud", "", nil] {
                let refused = try await server.ask("PUT", "/debug/loglevel", body: body, ofOperations: true)
                #expect(refused.status == 400 && refused.text.contains(#""code":"validation""#))
            }
            #expect(try await server.ask("PUT", "/debug/loglevel", body: "debug").status == 404)
            let refused = try await server.ask("POST", "/debug/loglevel", ofOperations: true)
            #expect(refused["Allow"] == "GET, HEAD, PUT, OPTIONS")
        }
    }

    @Test("A probe that hangs is down after its timeout, and runs once at a time")
    func hangingProbe() async throws {
        let asked = Tally()
        try await TestServer.with { setup in
            setup.limits.probeTimeout = .milliseconds(50)
            setup.limits.probeAge = .zero
            setup.probes = [
                HealthProbe(.database) {
                    asked.add()
                    await untilCancelled()
                    return true
                }
            ]
        } _: { server in
            for _ in 1...2 {
                let answer = try await server.ask("GET", "/readyz")
                #expect(answer.text == "database down\n")
            }
            #expect(asked.count == 1)
        }
    }

    @Test("A look at a disk that blocks its thread delays no probe", .timeLimit(.minutes(1)))
    func blockingDisk() async throws {
        let gate = Gate()
        try await TestServer.with { setup in
            setup.limits.probeTimeout = .milliseconds(10)
            setup.isDiskFull = {
                gate.wait()
                return true
            }
        } _: { server in
            defer { gate.open() }
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.text == "ready\n")
        }
    }

    @Test(
        "The port for operations answers while every loop of the API is blocked and requests there wait for a probe",
        .timeLimit(.minutes(1)))
    func blockedLoops() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let (probe, loop) = (Gate(), Gate())
        try await TestServer.with { setup in
            setup.limits.probeTimeout = .seconds(50)
            setup.limits.probeAge = .seconds(50)
            setup.probes = [
                HealthProbe(.database) {
                    ask.finish()
                    probe.wait()
                    // Like a probe of a store: from here on it may resume elsewhere.
                    await elsewhere()
                    return true
                }
            ]
        } _: { server in
            defer { for gate in [probe, loop] { gate.open() } }
            async let first = server.ask("GET", "/readyz")
            for await _ in asked {}
            async let second = server.ask("GET", "/readyz")
            // Both run, and after one more turn of the loop both have asked the board.
            while server.instruments.http.requestsInFlight.value < 2 {
                try Task.checkCancellation()
                try await server.apiLoop.submit {}.get()
            }
            try await server.apiLoop.submit {}.get()
            server.apiLoop.execute { loop.wait() }
            probe.open()
            for target in ["/healthz", "/readyz", "/health", "/metrics"] {
                let answer = try await server.ask("GET", target, ofOperations: true)
                #expect(answer.status == 200, "\(target)")
            }
            loop.open()
            let answers = try await [first, second]
            #expect(answers.allSatisfy { $0.status == 200 })
        }
    }

    @Test("Frequent requests share one probe of a dependency")
    func singleFlight() async throws {
        let asked = Tally()
        try await TestServer.with { setup in
            setup.probes = [
                HealthProbe(.database) {
                    asked.add()
                    return true
                }
            ]
        } _: { server in
            await withTaskGroup { group in
                for _ in 1...20 { group.addTask { _ = try? await server.ask("GET", "/health") } }
            }
            #expect(asked.count == 1)
        }
    }

    @Test(
        "Metrics are served to operations always, and on the API where the settings say so", arguments: [false, true])
    func metrics(isOnAPI: Bool) async throws {
        try await TestServer.with { setup in
            setup.servesMetricsOnAPI = isOnAPI
        } _: { server in
            let scrape = try await server.ask(
                "GET", "/metrics", ["Accept: application/openmetrics-text"], ofOperations: true)
            #expect(scrape.status == 200)
            #expect(scrape.text == "application/openmetrics-text - []\n")
            #expect(scrape["Content-Type"] == "text/plain; version=0.0.4")
            #expect(try await server.ask("GET", "/metrics").status == (isOnAPI ? 200 : 404))
        }
    }

    @Test("The listener for operations does not serve the API")
    func separation() async throws {
        try await TestServer.with { server in
            for target in ["/sales/active", "/openapi.json", "/admin/sales", "/orders/a"] {
                let answer = try await server.ask("GET", target, ofOperations: true)
                #expect(answer.status == 404)
                #expect(answer.text.contains(#""code":"not_found""#))
            }
        }
    }

    @Test(
        "Only the listener for operations serves profiles",
        arguments: [
            "/debug/pprof", "/debug/pprof/", "/debug/pprof/profile?seconds=1", "/debug/pprof/heap",
            "/debug/pprof/cmdline",
        ])
    func profiles(target: String) async throws {
        try await TestServer.with { server in
            let page = try await server.ask("GET", target, ofOperations: true)
            #expect(page.status == 200)
            #expect(page["Content-Type"] == "text/x-echo")
            let folder = target == "/debug/pprof" ? "/debug/" : "/debug/pprof/"
            #expect(page.text == target.dropFirst(folder.count))
            let refused = try await server.ask("GET", target)
            #expect(refused.status == 404)
            #expect(refused.text.contains(#""code":"not_found""#))
            #expect(try await server.ask("HEAD", target, ofOperations: true).status == 405)
        }
    }

    @Test("The page of symbols takes a body; no other page does")
    func symbols() async throws {
        try await TestServer.with { server in
            let page = try await server.ask("POST", "/debug/pprof/symbol", body: "0x1+0x2", ofOperations: true)
            #expect(page.text == "symbol<0x1+0x2>")
            #expect(page["Content-Disposition"] == "attachment; filename=\"echo\"")
            #expect(try await server.ask("POST", "/debug/pprof/heap", ofOperations: true).status == 405)
        }
    }

    @Test("A client that leaves ends its profile")
    func profileOfNobody() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.profile = { _ in
                begin.finish()
                await untilCancelled()
                end.finish()
                return DebugAnswer(status: 200, contentType: "text/plain", fileName: nil, body: [])
            }
        } _: { server in
            try await RawConnection.with(port: server.ports.operations) { connection in
                try await connection.send("GET /debug/pprof/profile HTTP/1.1\r\nHost: test\r\n\r\n")
                for await _ in begun {}
            }
            for await _ in ended {}
        }
    }
}

/// An executor without a thread of its own.
@concurrent private func elsewhere() async {}

/// Counts from any task.
final class Tally: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add() { value.add(1, ordering: .relaxed) }
}
