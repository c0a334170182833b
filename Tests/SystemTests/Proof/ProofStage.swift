// Everything that the proof needs at once: private stores behind lines that can be broken, the service, a collector,
// a webhook's receiver, Prometheus with the rules in fast motion, Alertmanager and exporters if they are installed, and
// buyers.

import Foundation
import Logging
import Testing

@testable import DevStack

struct ProofStage: Sendable {
    /// Prometheus's jobs: those that rules and boards name, and two that exist to fail.
    enum Job: String, CaseIterable, Sendable {
        case flashsale, loadtest, postgres, redis, node, prometheus, alertmanager
        /// Accepts one sample.
        case limited
        /// A rule of the proof fails while this job has two targets.
        case doubled
    }

    let stores: FaultStage
    let sink: CollectorSink
    let collectorLine: FaultProxy
    let receiver: ProofReceiver
    let service: ServeProcess
    let prometheus: PrometheusReader
    let directory: TestDirectory
    /// Nil where it is not installed.
    let alertmanager: ServerProcess?
    /// Those that are installed, of Postgres, Redis and the machine.
    let exporters: [Job: ServerProcess]
    let alertmanagerPort: Int
    let loadMetricsPort: Int
    let start = Date()

    static let items = 4_000
    /// How long a checkout holds an item.
    static let hold = Duration.seconds(3)
    /// How often Prometheus scrapes and evaluates.
    static let intervalSeconds = 1

    /// Lends a stage on which the service runs, with no sale yet.
    static func with<Result>(_ body: (ProofStage) async throws -> Result) async throws -> Result? {
        let directory = try TestDirectory("proof")
        defer { directory.remove() }
        return try await FaultStage.with { stores in
            var result: Result?
            try await CollectorSink.with { sink, port in
                let collectorLine = try await FaultProxy.start(to: port)
                let (receiver, webhook) = try await ProofReceiver.start()
                let service = try await stores.serve([
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collectorLine.port)",
                    "OTEL_TRACES_SAMPLER_ARG": "1", "FLASHSALE_HOLD_SECONDS": "\(hold.components.seconds)",
                    "FLASHSALE_LOG_LEVEL": "info",
                    "FLASHSALE_DATABASE_CONNECTIONS": "4",
                    "FLASHSALE_WEBHOOK_URL": webhook, "FLASHSALE_WEBHOOK_SECRET": ProofReceiver.secret,
                ])
                result = try await with(stores, sink, collectorLine, receiver, service, in: directory, body)
                service.process.send(.resume)
                service.process.send(.kill)
                try await collectorLine.refuse()
            }
            return result
        }
    }

    private static func with<Result>(
        _ stores: FaultStage, _ sink: CollectorSink, _ collectorLine: FaultProxy, _ receiver: ProofReceiver,
        _ service: ServeProcess, in directory: TestDirectory, _ body: (ProofStage) async throws -> Result
    ) async throws -> Result {
        let alertmanagerPort = try LoopbackPort.free().number
        let alertmanager = try await startAlertmanager(port: alertmanagerPort)
        let exporters = try await startExporters(of: stores)
        try writeRules(to: directory)
        for job in Job.allCases { try write([], of: job, in: directory) }
        try write(configuration(in: directory, alertmanagerPort: alertmanagerPort), to: "prometheus.yml", in: directory)
        var setup = PrivatePrometheus.Configuration()
        setup.file = directory.file("prometheus.yml")
        let prometheus = try await PrivatePrometheus.start(setup)
        let stage = ProofStage(
            stores: stores, sink: sink, collectorLine: collectorLine, receiver: receiver, service: service,
            prometheus: PrometheusReader(port: prometheus.port), directory: directory, alertmanager: alertmanager,
            exporters: exporters, alertmanagerPort: alertmanagerPort,
            loadMetricsPort: try LoopbackPort.free().number)
        try stage.scrape([service.operationsPort], as: .flashsale)
        try stage.scrape([stage.loadMetricsPort], as: .loadtest)
        try stage.scrape([prometheus.port], as: .prometheus)
        for (job, exporter) in exporters { try stage.scrape([exporter.port.number], as: job) }
        try stage.scrape(alertmanager == nil ? [] : [alertmanagerPort], as: .alertmanager)
        let watchers = exporters.values + [alertmanager].compactMap(\.self)
        do {
            let result = try await body(stage)
            await stop(prometheus, watchers)
            return result
        } catch {
            await stop(prometheus, watchers)
            #expect(!service.process.hasEnded, "\(service.process.errors.suffix(4_000))")
            throw error
        }
    }

    private static func stop(_ prometheus: PrivatePrometheus, _ others: [ServerProcess]) async {
        await prometheus.stop()
        for server in others { await server.stop() }
    }

    /// Makes Prometheus scrape these ports as a job, and no others, from now on.
    ///
    /// - Parameter labels: on each target, such as `__scrape_interval__`.
    func scrape(_ ports: [Int], as job: Job, labels: [String: String] = [:]) throws {
        try Self.write([(ports, labels)], of: job, in: directory)
    }

    /// Makes Prometheus scrape further ports beside the service's, each with its own labels.
    func scrapeServices(_ groups: [([Int], [String: String])]) throws {
        try Self.write(groups, of: .flashsale, in: directory)
    }

    /// Opens a sale, which Prometheus sees begin.
    func openSale() async throws -> Int {
        try await until("Prometheus scrapes the service") {
            try await prometheus.now(#"sale_active{job="flashsale"}"#).first?.values == [0]
        }
        return try await service.createSale(items: Self.items, limit: 4)
    }

    /// Sends buyers of every kind at a rate, until the process is ended.
    ///
    /// - Parameter isWatched: whether Prometheus scrapes the generator.
    func sendBuyers(to sale: Int, rate: Int, seconds: Int, isWatched: Bool = true) throws -> ServiceProcess {
        let kinds = [
            "aggressive": 10, "normal": 40, "browser": 12, "double_clicker": 8, "abandoner": 6, "late": 3,
            "canceller": 6, "patient_retrier": 5, "impatient_retrier": 5, "at_limit": 3, "bot": 2,
        ]
        let buyers = kinds.map { #""\#($0)": \#($1)"# }.joined(separator: ", ")
        let scenario = """
            {"name": "proof", "open": {"stages": [{"seconds": \(seconds), "rate": \(rate)}]}, "buyers": {\(buyers)},
             "hot_items_percent": 2, "traced_percent": 20, "connections": 512}
            """
        let name = "scenario-\(UInt32.random(in: 0 ... .max)).json"
        try Self.write(scenario, to: name, in: directory)
        return try ServiceProcess(
            [
                "--file", directory.file(name), "--target", "http://127.0.0.1:\(service.port)", "--sale", "\(sale)",
                "--metrics-port", "\(isWatched ? loadMetricsPort : 0)", "--journal", directory.file(name + ".journal"),
                "--no-audit",
                "--quiet",
            ], program: "flashsale-load")
    }
}

extension ProofStage {
    /// The rules of the repository in fast motion, and one that can be made to fail.
    private static func writeRules(to directory: TestDirectory) throws {
        let rules = root.appendingPathComponent("prometheus/rules")
        try FileManager.default.createDirectory(atPath: directory.file("rules"), withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: rules.path) where name.hasSuffix(".yml") {
            let text = try String(contentsOf: rules.appendingPathComponent(name), encoding: .utf8)
            try write(RuleScale.faster(text), to: "rules/\(name)", in: directory)
        }
        let failing = """
            groups:
              - name: proof
                rules:
                  - record: proof:doubled
                    expr: up{job="doubled"} * on (job) up{job="doubled"}

            """
        try write(failing, to: "rules/proof.yml", in: directory)
    }

    private static func configuration(in directory: TestDirectory, alertmanagerPort: Int) -> String {
        let jobs = Job.allCases.map { job in
            """
              - job_name: \(job.rawValue)
                sample_limit: \(job == .limited ? 1 : 5_000)
                file_sd_configs:
                  - files: ["\(directory.file("\(job.rawValue).json"))"]
                    refresh_interval: 1s

            """
        }
        return """
            global:
              scrape_interval: \(intervalSeconds)s
              scrape_timeout: \(intervalSeconds)s
              evaluation_interval: \(intervalSeconds)s
            rule_files: ["\(directory.file("rules"))/*.yml"]
            alerting:
              alertmanagers:
                - static_configs:
                    - targets: ["127.0.0.1:\(alertmanagerPort)"]
            scrape_configs:
            \(jobs.joined())
            """
    }

    private static func write(_ groups: [([Int], [String: String])], of job: Job, in directory: TestDirectory) throws {
        let texts = groups.filter { !$0.0.isEmpty }.map { ports, labels in
            let targets = ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
            let pairs = labels.merging(["environment": "proof"]) { $1 }.map { "\"\($0)\": \"\($1)\"" }
            return #"{"targets": [\#(targets)], "labels": {\#(pairs.joined(separator: ", "))}}"#
        }
        try write("[\(texts.joined(separator: ", "))]\n", to: "\(job.rawValue).json", in: directory)
    }

    private static func write(_ text: String, to name: String, in directory: TestDirectory) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file(name)), options: .atomic)
    }

    /// The repository that this test was built from.
    static let root: URL = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { path, _ in
        path.deletingLastPathComponent()
    }

    private static func startAlertmanager(port: Int) async throws -> ServerProcess? {
        let file = root.appendingPathComponent("prometheus/alertmanager.yml").path
        return try await start("prometheus-alertmanager", on: port, ready: "/-/ready") { program, port, directory in
            [
                program, "--config.file=\(file)", "--storage.path=\(directory.data)",
                "--web.listen-address=127.0.0.1:\(port.number)", "--cluster.listen-address=", "--log.level=warn",
            ]
        }
    }

    /// Exporters that reach the stores without the lines that faults break.
    private static func startExporters(of stores: FaultStage) async throws -> [Job: ServerProcess] {
        var exporters: [Job: ServerProcess] = [:]
        exporters[.node] = try await start("prometheus-node-exporter", on: nil, ready: "/") { program, port, _ in
            [
                program, "--web.listen-address=127.0.0.1:\(port.number)", "--log.level=error",
                "--collector.disable-defaults", "--collector.cpu", "--collector.meminfo",
            ]
        }
        // A reader that does not come, for the panel of what the log keeps.
        try await stores.deployment.ledger.run("select pg_create_physical_replication_slot('reader', true)")
        let postgres = "DATA_SOURCE_NAME=\(stores.postgres.url)?sslmode=disable"
        exporters[.postgres] = try await start("prometheus-postgres-exporter", on: nil, ready: "/") {
            program, port, _ in
            [
                "/usr/bin/env", postgres, program,
                "--web.listen-address=127.0.0.1:\(port.number)", "--log.level=error", "--disable-settings-metrics",
            ]
        }
        let redis = RedisConsole(url: stores.redis.url)
        exporters[.redis] = try await start("prometheus-redis-exporter", on: nil, ready: "/") { program, port, _ in
            [
                program, "-web.listen-address=127.0.0.1:\(port.number)",
                "-redis.addr=redis://127.0.0.1:\(redis.port)", "-redis.password=\(redis.password)",
            ]
        }
        return exporters
    }

    /// Starts a program of Debian's; nil where it is not installed.
    private static func start(
        _ name: String, on port: Int?, ready: String,
        _ command: @escaping @Sendable (String, LoopbackPort, ServerDirectory) -> [String]
    ) async throws -> ServerProcess? {
        guard let program = try? ServerProgram.find(name, package: name) else { return nil }
        var place = ServerPlace()
        place.port = port
        place.readyWithin = .seconds(30)
        let (directory, lock) = try await place.open(name: name)
        try directory.make("data")
        let recipe = ServerRecipe(
            name: name, stopSignal: .terminate, lastSignal: .terminate,
            command: { command(program, $0, directory) },
            isReady: { $0.isOK(at: ready) })
        return try await ServerProcess.start(
            recipe, at: place, in: directory, lock: lock, logger: Logger(label: "flashsale.proof"))
    }
}
