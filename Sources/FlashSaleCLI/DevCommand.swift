// `flashsale dev`: the service with a private Postgres, Redis and Prometheus, on loopback.

import ArgumentParser
import DevStack
import FlashSale
import FlashSaleHTTP
import Foundation
import LibpqClient
import Logging
import OperatorConsole
import PostgresLedger
import Telemetry
import TelemetryExport
import Textbook
import UnixSignals

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Serve with private stores and Prometheus; Ctrl-C or the end of the terminal stops all.",
        discussion: Setting.discussion(ofService: ownSettings, over: standards))

    /// It brings stores of its own.
    private static let ownSettings = Setting.all.filter {
        ![Setting.databaseURL.key, Setting.redisURL.key].contains($0.key)
    }

    /// On a developer's machine nobody asks for a port that is open to the world, or waits for a balancer.
    private static var standards: Settings {
        var settings = Settings()
        settings.http.api.host = Loopback.host
        settings.http.operations.host = Loopback.host
        settings.http.limits.drainNotice = .zero
        return settings
    }

    @Flag(help: "Drop the data of earlier runs.")
    var fresh = false

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: ownSettings))
    var settings: [String] = []

    func run() async throws {
        let foreign = Self.forgetOtherPostgres()
        var settings = try Settings.read(arguments: settings, over: Self.standards)
        for (url, setting) in [(settings.databaseURL, Setting.databaseURL), (settings.redisURL, .redisURL)]
        where url != nil {
            settings.warnings.append("\(setting.variable): `flashsale dev` has stores of its own")
        }
        if !foreign.isEmpty {
            let names = foreign.joined(separator: ", ")
            settings.warnings.append("\(names): `flashsale dev` has a Postgres of its own")
        }
        settings.http.signsAnybodyIn = settings.http.api.isLoopback
        if settings.console.banner.isEmpty { settings.console.banner = "development" }
        if settings.http.adminToken == nil { settings.http.adminToken = Secret(Self.token()) }
        let documents = WorkingCopy.path(".build/site", with: "index.html")
        if settings.console.links.runbooks.isEmpty, documents != nil {
            settings.console.links.runbooks = "/docs/docs/runbooks"
        }
        let telemetry = settings.startTelemetry()
        let logger = Logger(label: "flashsale.dev")
        do {
            let servers = try await Servers(settings, fresh: fresh, logger: logger)
            settings.databaseURL = Secret(servers.postgres.url)
            settings.redisURL = Secret(servers.redis.url)
            if settings.console.links.prometheus.isEmpty, let prometheus = servers.prometheus {
                settings.console.links.prometheus = prometheus.url
            }
            do {
                try await migrate(servers.postgres.url, logger: logger)
                let ready = settings
                let assembly = try await Assembly(
                    settings, telemetry: telemetry, documents: documents.map(DocumentFolder.init))
                try await assembly.run(endsBy: Self.endings) { ports in
                    servers.scrape(ready.http.operations, port: ports.operations, logger: logger)
                    let isOpen = await assembly.saleIsOpen(before: .now + Self.openingPatience)
                    let text = Self.welcome(
                        ready, isOpen: isOpen, ports: ports, servers: servers, hasDocuments: documents != nil)
                    // A reader that went away is no reason to end.
                    try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
                }
            } catch {
                await servers.stop()
                throw error
            }
            await servers.stop()
        } catch {
            telemetry.shutdown()
            throw error
        }
    }

    /// Drops what a developer's shell says to libpq of another Postgres, and returns the variables' names.
    private static func forgetOtherPostgres() -> [String] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("PG") }.sorted()
        for name in names { unsetenv(name) }
        return names
    }

    /// The end of its terminal ends it too, unless `nohup` has asked for the opposite.
    private static var endings: [UnixSignal] {
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        let handler = action.__sigaction_handler.sa_handler
        let ignoresHangups = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        return [.sigterm, .sigint] + (ignoresHangups ? [] : [.sighup])
    }

    private func migrate(_ url: String, logger: Logger) async throws {
        try await PostgresClient(PostgresClientConfiguration(url: url)).lend { client in
            _ = try await Migrator(client: client, logger: logger).migrate()
        }
    }

    private static func token() -> String {
        let words = SystemRandom.words(2)
        return String(hexadecimal: words[0], words[1])
    }

    /// How long the scheduler and the rebuild may take until buyers can check out.
    private static let openingPatience = Duration.seconds(30)

    /// Where a browser on this machine finds what listens on a host.
    static func authority(of host: String, _ port: Int) -> String {
        ListenAddress(host: ["0.0.0.0", "::"].contains(host) ? "localhost" : host, port: port).description
    }

    private static func welcome(
        _ settings: Settings, isOpen: Bool, ports: FlashSaleServer.BoundPorts, servers: Servers, hasDocuments: Bool
    ) -> String {
        let scheme = settings.http.tlsCertificate == nil ? "http" : "https"
        let api = "\(scheme)://\(authority(of: settings.http.api.host, ports.api))"
        let operations = "http://\(authority(of: settings.http.operations.host, ports.operations))"
        let sale =
            isOpen
            ? "Its sale is open." : settings.isScheduling ? "No sale is open yet." : "POST /admin/sales opens a sale."
        return """

            flashsale is up. \(sale)
            Ctrl-C stops it and its servers; their data stays in \(settings.dataDirectory)/.

              page         \(api)/
              API          \(api)/sales/active    \(api)/openapi.json
              console      \(operations)/console    (the admin token signs in)
              metrics      \(operations)/metrics    health \(operations)/health
              documents    \(hasDocuments ? "\(operations)/docs/" : "make docs builds them")
              Prometheus   \(servers.prometheus.map { "\($0.url)/alerts" } ?? "not installed")
              Postgres     \(servers.postgres.url)
              Redis        \(servers.redis.url)
              admin token  \(settings.http.adminToken?.revealed ?? "none")

            """
    }
}

/// The private servers of `flashsale dev`.
private struct Servers {
    let postgres: PrivatePostgres
    let redis: PrivateRedis
    /// Nil if Prometheus is not installed.
    let prometheus: PrivatePrometheus?

    init(_ settings: Settings, fresh: Bool, logger: Logger) async throws {
        let directory = settings.dataDirectory
        var postgresSetup = PrivatePostgres.Configuration()
        postgresSetup.place.directory = "\(directory)/postgres"
        postgresSetup.place.fresh = fresh
        var redisSetup = PrivateRedis.Configuration()
        redisSetup.place.directory = "\(directory)/redis"
        redisSetup.place.fresh = fresh
        // The gate's data count for one run of Redis only, so Redis need not keep them.
        redisSetup.durable = false
        var prometheusSetup = PrivatePrometheus.Configuration()
        prometheusSetup.place.directory = "\(directory)/prometheus"
        prometheusSetup.place.fresh = fresh
        prometheusSetup.target = nil
        prometheusSetup.rules = WorkingCopy.path("prometheus/rules", with: "alerts.yml")
        async let postgres = PrivatePostgres.start(postgresSetup, logger: logger)
        async let redis = PrivateRedis.start(redisSetup, logger: logger)
        async let prometheus = Self.prometheus(prometheusSetup, logger: logger)
        self.postgres = try await postgres
        self.redis = try await redis
        self.prometheus = try await prometheus
    }

    /// Prometheus is a convenience here: the service runs without it too.
    private static func prometheus(
        _ setup: PrivatePrometheus.Configuration, logger: Logger
    ) async throws -> PrivatePrometheus? {
        do {
            return try await PrivatePrometheus.start(setup, logger: logger)
        } catch let error as DevStackError where error.code == .programMissing {
            logger.notice("prometheus is not installed")
            return nil
        }
    }

    /// Tells Prometheus the service's port, which is known only now.
    func scrape(_ address: ListenAddress, port: Int, logger: Logger) {
        do {
            try prometheus?.scrape(ListenAddress(host: address.host, port: port).description)
        } catch {
            logger.warning("prometheus does not scrape the service", error: error)
        }
    }

    func stop() async {
        await prometheus?.stop()
        await redis.stop()
        await postgres.stop()
    }
}

/// The working copy that the program was built in or runs in.
private enum WorkingCopy {
    /// A folder of it, if that has a file; nil outside of a working copy too.
    static func path(_ folder: String, with file: String) -> String? {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let directory = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        for start in [program, directory] {
            var place = start
            while place.path != "/" {
                let found = place.appendingPathComponent(folder).path
                if FileManager.default.fileExists(atPath: "\(found)/\(file)") { return found }
                place.deleteLastPathComponent()
            }
        }
        return nil
    }
}
