// Whole runs against a small service in memory: an honest one passes, and the audit finds each lie.

import Audit
import Foundation
import Synchronization
import Testing
import Textbook

@testable import FlashSaleLoad

@Suite("Runs", .serialized)
struct SessionTests {
    private static func scenario(_ rate: Double = 150, seconds: Double = 1.5) -> Scenario {
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(rate, seconds: seconds), .poisson)
        scenario.mix = BuyerMix([.doubleClicker: 2, .atLimit: 1, .impatientRetrier: 3, .bot: 3])
        scenario.connections = 32
        // Who is still at it then has shown what it does.
        scenario.drain = 0.5
        return scenario
    }

    private func run(
        _ service: StubService, _ scenario: Scenario = scenario(), rawPath: String? = nil,
        until isEnough: @escaping @Sendable (LaneReading) -> Bool = { _ in false }
    ) async throws -> (RunReport, journal: String) {
        try await service.start()
        let journal = NSTemporaryDirectory() + "load-\(UUID().uuidString).journal"
        let session = Session(
            scenario: scenario, target: try Target(parsing: "http://127.0.0.1:\(service.port)"), rawPath: rawPath,
            journalPath: journal, isQuiet: true)
        let report = try await session.run(until: isEnough)
        await service.stop()
        return (report, journal)
    }

    @Test("An honest service passes the audit, and its counts agree with the report's")
    func honest() async throws {
        let service = StubService()
        let (report, journal) = try await run(service)
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
        #expect(report.requests > 200)
        #expect(report.problems.isEmpty, "\(report.problems)")
        let sold = service.state.withLock { $0.orders.values.reduce(0) { $0 + $1.count } }
        #expect(sold > 20)
        let history = try History(path: journal)
        #expect(history.isComplete)
        #expect(history.exchanges.count == report.requests)
        #expect(history.exchanges.allSatisfy { $0.answered != .max })
        let bought = Set(history.exchanges.filter { $0.endpoint == .purchase }.flatMap(\.soldItems))
        #expect(bought.count == sold)
        // The percentiles of the report against an exact computation over what the journal has recorded.
        let times = history.exchanges.map { $0.answered - $0.sent }.sorted()
        let took = try #require(report.rows.last?.service)
        for (share, reported) in [(0.5, took.p50), (0.9, took.p90), (0.99, took.p99)] {
            let exact = Double(times[Int((share * Double(times.count)).rounded(.up)) - 1]) / 1e9
            #expect(abs(reported / exact - 1) < 0.01, "\(share): \(reported), exactly \(exact)")
        }
    }

    @Test("A lie of the service ends with exit code 2, and its requests are named", arguments: Lie.allCases)
    func liars(lie: Lie) async throws {
        let (report, _) = try await run(
            StubService(itemCount: lie == .ignoresLimit ? 400 : 50, lie: lie, hasRoom: lie.isOfRoom),
            lie.isOfRoom ? Self.crowd : Self.scenario(seconds: 0.8))
        #expect(report.ending == .promiseBroken)
        let broken = report.verdict?.findings.filter { $0.breaches > 0 } ?? []
        let finding = try #require(broken.first { $0.check == lie.check }, "\(report.verdict?.table ?? "")")
        #expect(finding.counterexamples.first?.contains("request ") == true)
        #expect(finding.counterexamples.first?.contains("sent +") == true)
    }

    private static var crowd: Scenario {
        var crowd = scenario()
        crowd.mix = BuyerMix([.waiter: 6, .leaver: 1, .jumper: 2, .twoDevices: 1, .listener: 1])
        crowd.drain = 2
        crowd.timeout = 1
        return crowd
    }

    @Test("A crowd waits, comes when it is called, and hears that all is sold; whoever jumps the line is refused")
    func crowd() async throws {
        let service = StubService(hasRoom: true)
        var crowd = Self.crowd
        // For a slow machine, on which it takes longer to sell all.
        crowd.drain = 6
        crowd.timeout = 5
        let (report, journal) = try await run(service, crowd)
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(report.rows.contains { $0.endpoint == "queue" && $0.outcome == "won" })
        #expect(!report.rows.contains { $0.outcome == "error" })
        let (sold, refused) = service.state.withLock { ($0.sold.count, $0.refusedInLine) }
        #expect(sold == 50)
        #expect(refused > 10)
        #expect(report.seconds.contains { $0.line?.called ?? 0 > 0 })
        let history = try History(path: journal)
        #expect(history.lines.contains { $0.phase == .soldOut })
        #expect(report.rows.contains { $0.endpoint == "events" && $0.outcome == "won" })
        #expect(history.lines.contains { $0.phase == .soldOut && $0.called == nil }, "a listener heard it")
        #expect(report.waits?.count ?? 0 > 0)
        let page = HTMLReport(report: report).text
        #expect(page.contains("The line: numbers called and waiting"))
        #expect(page.contains("Waiting time, by when it was told"))
    }

    @Test("A crowd does not come to a sale without a waiting room")
    func noRoom() async throws {
        let service = StubService()
        await #expect(throws: Session.Failure.self) { try await run(service, Self.crowd) }
        await service.stop()
    }

    @Test("An old journal is audited again, with the same verdict")
    func again() async throws {
        let service = StubService(lie: .losesAcknowledgement)
        let (report, journal) = try await run(service)
        try await service.start()
        let session = Session(
            scenario: Scenario(), target: try Target(parsing: "http://127.0.0.1:\(service.port)"))
        let verdict = try await session.audit(journal)
        await service.stop()
        #expect(verdict.findings == report.verdict?.findings)
        #expect(!verdict.isClean)
    }

    @Test("A stall of a second shows in the 99th percentile, although few requests were sent in it")
    func stall() async throws {
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(200, seconds: 3), .even)
        scenario.connections = 4
        let (report, _) = try await run(
            StubService(manner: .stalls(from: 500_000_000, until: 1_500_000_000)), scenario, rawPath: "/sales/active")
        let all = try #require(report.rows.last)
        // A third of the starts fell into the stall; only four connections could send in it.
        #expect(all.response.p99 > 0.9, "\(all.response)")
        #expect(all.response.p50 < 0.5)
        #expect((590...600).contains(all.count))
    }

    @Test(
        "Invalid answers are errors, lost ones are unknown, and the run goes on to its audit",
        arguments: [
            (Manner.garbage("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "error"),
            (.garbage("HTTP/1.1 200 OK\r\n\r\nhello"), "error"),
            (.garbage("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "error"),
            (.closesMidBody, "unknown"), (.silent, "unknown"),
        ] as [(Manner, String)])
    func broken(manner: Manner, outcome: String) async throws {
        var scenario = Self.scenario(60, seconds: 0.5)
        if case .silent = manner { scenario.timeout = 1 }
        let (report, _) = try await run(StubService(manner: manner), scenario)
        let row = try #require(report.rows.first { $0.endpoint == "purchase" && $0.outcome == outcome })
        #expect(row.count > 5)
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
        #expect(report.problems.values.reduce(0, +) >= row.count)
    }

    @Test("An answer that ends its connection is an answer, and no connection is lost by it")
    func lastAnswer() async throws {
        let last = "HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{\"message\":\"x\"}"
        let (report, _) = try await run(StubService(manner: .garbage(last)), Self.scenario(60, seconds: 0.5))
        let row = try #require(report.rows.first { $0.endpoint == "purchase" && $0.outcome == "shed" })
        #expect(row.count > 5)
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(!report.rows.contains { $0.outcome == "unknown" })
    }

    @Test("A run that is ended early still reports and audits")
    func stopped() async throws {
        let (report, journal) = try await run(StubService(), Self.scenario(100, seconds: 600)) { _ in true }
        #expect(report.wasStopped)
        #expect(report.duration < 60)
        #expect(report.verdict?.isClean == true)
        #expect(try History(path: journal).isComplete)
    }

    @Test("A journal on a full disk makes the run invalid, and every sent request is in it")
    func fullDisk() async throws {
        let service = StubService()
        try await service.start()
        let session = Session(
            scenario: Self.scenario(), target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: "/dev/full", isQuiet: true)
        await #expect(throws: Journal.Failure.self) { try await session.run() }
        await service.stop()
        #expect(service.state.withLock { $0.carts.isEmpty })
    }

    @Test("A run does not touch the journal of another, and sends nothing")
    func otherJournal() async throws {
        let service = StubService()
        try await service.start()
        let path = NSTemporaryDirectory() + "load-\(UUID().uuidString).journal"
        try Data("evidence".utf8).write(to: URL(fileURLWithPath: path))
        let session = Session(
            scenario: Self.scenario(), target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: path, isQuiet: true)
        let failure = await #expect(throws: Journal.Failure.self) { try await session.run() }
        #expect(failure?.description.hasSuffix("give this one another name.") == true)
        #expect(FileManager.default.contents(atPath: path) == Data("evidence".utf8))
        await service.stop()
        #expect(service.state.withLock { $0.carts.isEmpty })
    }

    @Test("An absent or wrong target is named in a sentence")
    func noTarget() async throws {
        let session = Session(
            scenario: Self.scenario(), target: try Target(parsing: "http://127.0.0.1:1"),
            journalPath: NSTemporaryDirectory() + "unused.journal", isQuiet: true)
        await #expect(throws: (any Error).self) { try await session.run() }
        let service = StubService()
        try await service.start()
        var other = session
        other.target = try Target(parsing: "http://127.0.0.1:\(service.port)")
        other.sale = 9
        await #expect { try await other.run() } throws: { "\($0)".contains("has no sale to buy from") }
        await service.stop()
    }

    @Test("Nobody waits, or begins a journal, for a service that says to come in an hour", .timeLimit(.minutes(1)))
    func maintenance() async throws {
        let journal = NSTemporaryDirectory() + "maintenance-\(UUID().uuidString).journal"
        let answer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
        let service = StubService(
            manner: .framed({ _, _ in FileManager.default.fileExists(atPath: journal) ? "" : answer }, closes: false))
        try await service.start()
        let session = Session(
            scenario: Self.scenario(), target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: journal, isQuiet: true)
        let words = "is overloaded: /sales/active answered 503, and says to come again in 3600 s."
        await #expect { try await session.run() } throws: { "\($0)".hasSuffix(words) }
        await service.stop()
    }

    @Test("Faults are made on the run's timeline, and recorded with their exit codes")
    func faults() async throws {
        var scenario = Self.scenario(50, seconds: Session.deadline)
        let mark = NSTemporaryDirectory() + "fault-\(UUID().uuidString)"
        let command = "echo $$ > \(mark); exit 7"
        scenario.faults = [Scenario.Fault(at: 0.3, command: command)]
        let (report, journal) = try await run(StubService(), scenario) { _ in
            let told = FileManager.default.contents(atPath: mark).map { String(decoding: $0, as: UTF8.self) }
            return told.flatMap { Int32($0.dropLast()) }.map { kill($0, 0) != 0 } ?? false
        }
        #expect(report.faults.map(\.exitCode) == [7])
        #expect(report.faults.first?.at ?? 0 >= 0.3)
        #expect(try History(path: journal).faults.map(\.command) == [command])
        #expect(HTMLReport(report: report).text.contains("class=\"mark\""))
    }

    @Test("A missed threshold ends with 1, unless the audit finds a breach; raw has some of its own")
    func thresholds() async throws {
        var scenario = Self.scenario(40, seconds: 0.5)
        scenario.thresholds = try ["p50<1us", "audit==pass", "false_soldout==0"].map { try Threshold(parsing: $0) }
        let (report, _) = try await run(StubService(), scenario)
        #expect(report.thresholds.map(\.isMet) == [false, true, true])
        #expect(report.ending == .thresholdMissed || !report.invalid.isEmpty)
        let (worse, _) = try await run(StubService(lie: .oversells), scenario)
        #expect(worse.ending == .promiseBroken)
        var raw = Scenario.raw
        raw.load = .closed(buyers: 2, seconds: 0.1)
        for (path, ending) in [("/sales/active", RunEnding.passed), ("/nowhere", .thresholdMissed)] {
            #expect(try await run(StubService(), raw, rawPath: path).0.ending == ending)
        }
    }

    @Test("A closed loop keeps its number of buyers")
    func closed() async throws {
        var scenario = Self.scenario()
        scenario.load = .closed(buyers: 5, seconds: Session.deadline)
        scenario.mix = BuyerMix([.bot: 1])
        let (report, _) = try await run(StubService(itemCount: 1_000, limit: 20), scenario) { reading in
            reading.facts.requests > 50
        }
        #expect(report.started >= 5)
        #expect(report.requests > 50)
        #expect(report.dropped == 0)
    }
}
