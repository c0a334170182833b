// All settings of the service, typed and checked as a whole at the start.

import Configuration
import FlashSale
import FlashSaleHTTP
import Foundation
import Logging
import SystemPackage
import Telemetry
import TelemetryExport

/// What the service is told by its flags, its environment or its file.
struct Settings: Sendable {
    var http: HTTPConfiguration
    var eventLoops: Int
    /// Nil where nothing was said: `serve` needs both, `dev` brings its own.
    var databaseURL: String?
    var databaseConnections: Int
    var redisURL: String?
    var defaults: SaleDefaults
    var isScheduling: Bool
    var logLevel: Logger.Level
    var logUserID: LogSettings.UserIDForm
    var slowThreshold: Duration
    /// Whether requests, queries and commands are observed at all.
    var isObserving: Bool
    var dataDirectory: String
    /// Nil if nothing goes to a collector.
    var export: ExportSettings?
    /// Nil where profiles are taken on request alone.
    var continuousProfiles: ContinuousProfiles?

    /// Reads all settings.
    ///
    /// - Parameter arguments: the flags after the subcommand, as they were typed.
    /// - Throws: `Failure` with one sentence for each bad value.
    static func read(arguments: [String]) async throws -> Settings {
        try checkFlags(arguments)
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [
            CommandLineArgumentsProvider(arguments: ["flashsale"] + arguments),
            environment.prefixKeys(with: "flashsale"),
        ]
        if let file = ConfigReader(provider: environment).string(forKey: "flashsale.config") {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw Failure("FLASHSALE_CONFIG names \(file), which cannot be read: \(error)")
            }
        }
        var reader = SettingReader(reader: ConfigReader(providers: providers))
        var settings = read(&reader)
        do throws(ExportSettings.Problems) {
            settings.export = try ExportSettings.read(ProcessInfo.processInfo.environment)
        } catch {
            reader.problems += error.sentences
        }
        if !settings.isObserving { settings.export = nil }
        guard reader.problems.isEmpty else { throw Failure(reader.problems.joined(separator: "\n")) }
        return settings
    }

    /// Refuses what looks like a flag and is none of ours: a mistyped setting must not be ignored.
    private static func checkFlags(_ arguments: [String]) throws {
        let known = Set(Setting.all.map(\.flag))
        var expectsValue = false
        for argument in arguments {
            if argument.hasPrefix("--") {
                let name = String(argument.prefix { $0 != "=" })
                guard known.contains(name) else {
                    throw Failure("there is no setting \(name); `flashsale serve --help` lists them")
                }
                expectsValue = !argument.contains("=")
            } else {
                guard expectsValue else { throw Failure("\(argument) belongs to no setting") }
                expectsValue = false
            }
        }
        if expectsValue { throw Failure("\(arguments.last ?? "") needs a value") }
    }

    private static func read(_ reader: inout SettingReader) -> Settings {
        var limits = HTTPLimits()
        limits.connections = reader.integer(.httpConnections, in: 1...1_000_000, default: limits.connections)
        limits.requestsInFlight = reader.integer(.httpRequests, in: 1...100_000, default: limits.requestsInFlight)
        limits.buyerRequestsPerSecond = reader.integer(
            .httpBuyerRate, in: 0...1_000_000, default: limits.buyerRequestsPerSecond)
        limits.buyerRequestsBurst = reader.integer(
            .httpBuyerBurst, in: 1...1_000_000, default: limits.buyerRequestsBurst)
        limits.drainNotice = .seconds(reader.integer(.drainSeconds, in: 0...300, default: 2))
        let slowThreshold = Duration.milliseconds(reader.integer(.slowMilliseconds, in: 1...60_000, default: 250))
        limits.slowRequest = slowThreshold
        let isObserving = reader.choice(.telemetry, default: TelemetryMode.full) == .full
        let token = reader.string(.adminToken)
        if let token, token.utf8.count < 16 {
            reader.problems.append("\(Setting.adminToken.variable) must have 16 bytes or more")
        }
        let api = ListenAddress(
            host: reader.string(.httpHost) ?? "0.0.0.0", port: reader.integer(.httpPort, in: 0...65_535, default: 8_080)
        )
        let operations = ListenAddress(
            host: reader.string(.opsHost) ?? "127.0.0.1",
            port: reader.integer(.opsPort, in: 0...65_535, default: 9_464))
        let dataDirectory = reader.string(.dataDirectory) ?? ".flashsale"
        return Settings(
            http: HTTPConfiguration(
                api: api, operations: operations,
                servesMetricsOnAPI: reader.flag(.metricsOnAPIPort, default: true), adminToken: token,
                isObserving: isObserving, limits: limits),
            eventLoops: reader.integer(.httpLoops, in: 1...EventLoopNumber.countMax, default: 1),
            databaseURL: reader.string(.databaseURL),
            databaseConnections: reader.integer(.databaseConnections, in: 1...1_000, default: 8),
            redisURL: reader.string(.redisURL),
            defaults: SaleDefaults(
                itemCount: reader.integer(.saleItems, in: 1...Limits.itemsPerSale, default: 10_000),
                maxItemsPerBuyer: reader.integer(.maxItemsPerUser, in: 1...Limits.itemsPerBuyer, default: 10),
                length: .seconds(reader.integer(.saleSeconds, in: 1...31 * 86_400, default: 3_600)),
                hold: .seconds(reader.integer(.holdSeconds, in: 1...86_400, default: 120))),
            isScheduling: reader.flag(.scheduler, default: true),
            logLevel: reader.choice(.logLevel, default: .info),
            logUserID: reader.choice(.logUserID, default: .plain),
            slowThreshold: slowThreshold,
            isObserving: isObserving,
            dataDirectory: dataDirectory,
            continuousProfiles: reader.continuousProfiles(under: dataDirectory))
    }
}

/// Reads single settings and gathers what is wrong with them.
private struct SettingReader {
    let reader: ConfigReader
    var problems: [String] = []

    init(reader: ConfigReader) {
        self.reader = reader
    }

    func string(_ setting: Setting) -> String? {
        reader.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret)
    }

    mutating func integer(_ setting: Setting, in range: ClosedRange<Int>, default value: Int) -> Int {
        guard let text = string(setting) else { return value }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            problems.append("\(setting.variable) must be a whole number \(bounds), not \(text)")
            return value
        }
        return number
    }

    mutating func flag(_ setting: Setting, default value: Bool) -> Bool {
        guard let text = string(setting)?.lowercased() else { return value }
        switch text {
        case "on", "true", "yes", "1": return true
        case "off", "false", "no", "0": return false
        default:
            problems.append("\(setting.variable) must be on or off, not \(text)")
            return value
        }
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ setting: Setting, default value: Value
    ) -> Value where Value.RawValue == String {
        guard let text = string(setting) else { return value }
        guard let choice = Value(rawValue: text) else {
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("\(setting.variable) must be one of \(choices), not \(text)")
            return value
        }
        return choice
    }
}

/// How much of telemetry there is.
private enum TelemetryMode: String, CaseIterable {
    case off
    case full
}

/// Whether profiles are taken without being asked for.
private enum ProfilingMode: String, CaseIterable {
    case off
    case continuous
}

extension SettingReader {
    fileprivate mutating func continuousProfiles(under dataDirectory: String) -> ContinuousProfiles? {
        let mode = choice(.profiling, default: ProfilingMode.off)
        let directory = string(.profileDirectory) ?? "\(dataDirectory)/profiles"
        let url = string(.profileUploadURL)
        let store = url.flatMap(ProfileStore.init(url:))
        if url != nil, store == nil {
            problems.append("\(Setting.profileUploadURL.variable) must be like http://host:port/prefix")
        }
        return mode == .continuous ? ContinuousProfiles(directory: directory, store: store) : nil
    }
}

extension Settings {
    /// The settings for the log at the start. Secrets show whether they are set, and no more.
    var redacted: Logger.Metadata {
        [
            "http": "\(http.api)", "ops": "\(http.operations)", "event_loops": "\(eventLoops)",
            "database_url": databaseURL == nil ? "unset" : "[REDACTED]",
            "redis_url": redisURL == nil ? "unset" : "[REDACTED]",
            "admin_token_set": "\(http.adminToken != nil)", "scheduler": isScheduling ? "on" : "off",
            "hold_seconds": "\(defaults.hold.components.seconds)", "sale_items": "\(defaults.itemCount)",
            "sale_seconds": "\(defaults.length.components.seconds)",
            "max_items_per_user": "\(defaults.maxItemsPerBuyer)", "log_level": "\(logLevel)",
            "exported": .string(exportedSignals), "telemetry": isObserving ? "full" : "off",
        ]
    }
}

extension Settings {
    private var exportedSignals: String {
        let signals = [("traces", export?.traces), ("metrics", export?.metrics), ("logs", export?.logs)]
        let names = signals.filter { $0.1 != nil }.map(\.0)
        return names.isEmpty ? "nothing" : names.joined(separator: " ")
    }
}

extension Settings {
    /// Installs telemetry for a service with these settings.
    func startTelemetry() -> TelemetryService {
        TelemetryBootstrap.start(
            configuration: ConfigurationInfo(saleLimit: defaults.itemCount, userLimit: defaults.maxItemsPerBuyer),
            eventLoops: eventLoops, log: log)
    }
}
