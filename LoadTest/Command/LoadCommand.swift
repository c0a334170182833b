// The command: flags into a session, its report into files, its verdict into an exit code.

import ArgumentParser
import Audit
import Foundation
import Glibc
import SystemPackage
import Telemetry
import Threads

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flashsale-load",
        abstract: "Send buyers to a flash sale, and check whether it kept its promises.",
        discussion: discussion,
        version: BuildInfo().version)

    private static let scenarios = (Scenario.named + [("raw", "one GET again and again: how fast does it answer?")])
        .map { "  " + $0.name + String(repeating: " ", count: 9 - $0.name.count) + $0.purpose }
        .joined(separator: "\n")

    static let usualTarget = "http://127.0.0.1:8080"

    private static let discussion = """
        Buyers come by a schedule of their own (an open loop): a slow service does not slow them down, and every \
        latency is counted from the moment a request was meant to be sent. What is asked and answered stands in a \
        journal, written before anything is sent. At the end the journal is held against the service, and against \
        Postgres and Redis where their URLs are given.

        Scenarios:
        \(scenarios)

        Examples:
          flashsale-load smoke
          flashsale-load sellout --html report.html --database-url postgres://…
          flashsale-load spike --at 5s 'redis-cli flushall'
          flashsale-load light --seconds 20 --threshold 'p99(purchase)<50ms'
          flashsale-load raw --path /healthz --connections 64 --seconds 10
          flashsale-load --file mine.json
          flashsale-load sellout --shop lego --journal lego.journal
          flashsale-load --audit-only flashsale-load.journal

        A scenario file is JSON, such as
          {"open": {"stages": [{"seconds": 5, "base": 100, "peak": 3000}]},
           "buyers": {"bot": 1, "normal": 9}, "thresholds": ["shed<=1%"]}
        with buyers of these kinds: \(BuyerKind.allCases.map(\.name).joined(separator: ", ")).

        Thresholds are about p50, p99, p999 and the like, of all requests or as in p99(checkout); about counts or \
        shares of \(Outcome.allCases.map(\.name).joined(separator: ", ")); about goodput, rate, dropped, \
        false_soldout, audit.

        On cores that it shares with the service it is late, and its run invalid, unless its threads may have \
        real-time priority: run it as root, or after `ulimit -r 1`.

        Exit codes: 0 passed, 1 a threshold was missed, 2 the audit found a broken promise, 3 the run is invalid \
        (the generator lagged, had no target or could not write its results), 4 it is incomplete (more than one start \
        in a hundred was dropped, or a store could not be audited), 64 wrong usage. docs/LOADTEST.md explains \
        scenario files.
        """

    @Argument(
        help: "One of the scenarios above, or raw.", completion: .list(Scenario.named.map(\.name) + ["raw"]))
    var scenario: String?

    @Option(help: "A scenario file instead of a name.", completion: .file())
    var file: String?

    @Option(
        help: """
            The service; \(Self.usualTarget) if not given, and with --audit-only the one in the journal. Give it again \
            for each further instance: connections go to all of them.
            """)
    var target: [String] = []

    @Option(help: "PEM file of the authorities of an https target, instead of the system's.", completion: .file())
    var caFile: String?

    @Flag(help: "Sign a token for each buyer, by the service's FLASHSALE_IDENTITY_… in this environment.")
    var identity = false

    @Option(help: "The sale to buy from; the active one of the shop if not given.")
    var sale: Int32?

    @Option(
        help: """
            The shop that buyers name (X-Shop-ID); if not given, they name none. Given again, each shop has the \
            scenario's buyers, at the same time, and its name is in the names of its files.
            """)
    var shop: [String] = []

    @Option(help: "Buyers a second instead of the scenario's; requests a second in raw mode.")
    var rate: Double?

    @Option(help: "How long buyers come, in seconds: the scenario's schedule at its own rates in another time.")
    var seconds: Double?

    @Option(help: "This many buyers at a time instead of a schedule: a closed loop.")
    var buyers: Int?

    @Option(help: "So many times as many buyers as the scenario has, in the same time: 0.1 for a tenth.")
    var scale: Double?

    @Option(help: "The most connections.")
    var connections: Int?

    @Option(help: "Event loops.")
    var threads: Int?

    @Option(help: "The same seed makes the same schedule and the same buyers.")
    var seed: UInt64?

    @Option(help: "Seconds that a request may take.")
    var timeout: Double?

    @Option(help: "The path of raw mode.")
    var path = "/sales/active"

    @Option(help: "A condition to pass, such as 'p99(purchase)<50ms', 'error==0' or 'shed<=1%'; repeatable.")
    var threshold: [String] = []

    @Option(parsing: .upToNextOption, help: "A fault: when, and a command for /bin/sh; repeatable.")
    var at: [String] = []

    @Option(
        help: "The journal, a new file; if not given, flashsale-load.journal or with a number.", completion: .file())
    var journal: String?

    @Option(help: "Audit an old journal, and send nothing.", completion: .file())
    var auditOnly: String?

    @Option(help: "Postgres, to audit the ledger too.")
    var databaseURL: String?

    @Option(help: "Redis, to audit the gate too.")
    var redisURL: String?

    @Flag(help: "Others buy from this sale too: units that the journal does not explain prove no breach.")
    var shared = false

    @Flag(help: "Do not audit.")
    var noAudit = false

    @Option(help: "A file for the report as JSON, or - for standard output.", completion: .file())
    var json: String?

    @Option(help: "A file for the seconds as CSV, or -.", completion: .file())
    var csv: String?

    @Option(help: "A file for the report as HTML, or -.", completion: .file())
    var html: String?

    @Option(help: "The port for Prometheus while running; 0 for none.")
    var metricsPort = 9465

    @Option(help: "The address to serve them on; 0.0.0.0 lets other machines read them.")
    var metricsHost = "127.0.0.1"

    @Flag(help: "Say nothing until the end.")
    var quiet = false

    func validate() throws {
        _ = try session()
    }

    func run() async throws {
        let session = try session()
        do {
            // A reader that went away is an error of the write, and not the end of the process.
            signal(SIGPIPE, SIG_IGN)
            guard !StandardStreams.closed.contains(STDOUT_FILENO) else {
                throw Session.Failure(description: "Standard output is closed, and the results go there.")
            }
            let code = if let auditOnly { try await audit(session, auditOnly) } else { try await load(session) }
            if code != 0 { throw ExitCode(code) }
        } catch let code as ExitCode {
            throw code
        } catch {
            StandardError.write("flashsale-load: \(error)\n")
            throw ExitCode(RunEnding.invalid.rawValue)
        }
    }

    private func load(_ session: Session) async throws -> Int32 {
        let files = ReportFiles(json: json, csv: csv, html: html)
        guard shop.count < 2 else { return try await load(session, inShopsWith: files) }
        try files.check(beside: journal)
        let stop = StopWish()
        // Before the first run a signal ends the process: nothing was asked yet.
        var signals: StopSignals?
        defer { withExtendedLifetime(signals) {} }
        func whenRunning(_ load: LoadRun) {
            signals = signals ?? StopSignals { stop.come() }
            stop.follow(load.stop)
        }
        switch scenario {
        case "capacity":
            let result = try await CapacityRun(session: session).run(until: stop, whenRunning: whenRunning)
            return tell(result.line, code: result.ending.rawValue, files) { try files.write(result.report) }
        case "overload":
            let result = try await OverloadRun(session: session).run(until: stop, whenRunning: whenRunning)
            let table = SummaryTable(report: result.report).text
            let text = "\(table)\n\n\(result.text)"
            return tell(text, code: result.ending.rawValue, files) { try files.write(result.report) }
        default:
            let report = try await session.run(whenRunning: whenRunning)
            let text = SummaryTable(report: report).text
            return tell(text, code: report.ending.rawValue, files) { try files.write(report) }
        }
    }

    private func load(_ session: Session, inShopsWith files: ReportFiles) async throws -> Int32 {
        guard !files.takeStandardOutput else {
            throw Session.Failure(description: "Each of several shops has a report: give a file's name, and not -.")
        }
        for shop in shop { try files.of(shop).check(beside: journal.map { ShopRuns.path($0, of: shop) }) }
        let stop = StopWish()
        let signals = StopSignals { stop.come() }
        defer { withExtendedLifetime(signals) {} }
        let results = try await ShopRuns(session: session, shops: shop).run(whenRunning: { stop.follow($0.stop) })
        let text = results.map(\.text).joined(separator: "\n\n")
        return tell(text, code: ShopRuns.ending(of: results).rawValue) {
            for result in results { try files.of(result.shop).write(result.report) }
        }
    }

    private func audit(_ session: Session, _ journal: String) async throws -> Int32 {
        let verdict = try await session.audit(journal)
        let lines = [verdict.table] + [verdict.problem].compactMap(\.self)
        return tell(lines.joined(separator: "\n"), code: RunEnding(verdict).rawValue)
    }

    /// Writes the results, each even if another cannot be written. A verdict that nobody could read still decides the
    /// exit code; without one, the lost results do.
    private func tell(
        _ results: String, code: Int32, _ files: ReportFiles = ReportFiles(), andWrite write: () throws -> Void = {}
    ) -> Int32 {
        var problems: [String] = []
        do { try write() } catch { problems.append("\(error)") }
        let (output, name): (FileDescriptor, _) =
            files.takeStandardOutput ? (.standardError, "error") : (.standardOutput, "output")
        do {
            try output.writeAll(Array("\(results)\n".utf8))
        } catch {
            problems.append("The results cannot be written to standard \(name): \(error)")
        }
        for problem in problems { StandardError.write("flashsale-load: \(problem)\n") }
        return code == 0 && !problems.isEmpty ? RunEnding.invalid.rawValue : code
    }
}
