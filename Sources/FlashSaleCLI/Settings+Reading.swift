// The settings as they are read at the start, checked as a whole, and shown in the log.

import Configuration
import FlashSale
import Foundation
import Logging
import SystemPackage
import Telemetry
import TelemetryExport

extension Settings {
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
        let reader = ConfigReader(providers: providers)
        var settings = Settings()
        var problems: [String] = Setting.all.compactMap { setting in
            reader.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret)
                .flatMap { setting.read($0, into: &settings) }
        }
        do throws(ExportSettings.Problems) {
            settings.export = try ExportSettings.read(ProcessInfo.processInfo.environment)
        } catch {
            problems += error.sentences
        }
        if !settings.isObserving { settings.export = nil }
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
        return settings
    }

    /// Refuses unknown flags: a mistyped setting must not be ignored.
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

    /// The settings for the log at the start, without secrets.
    var redacted: Logger.Metadata {
        let values = Setting.all.map { ($0.key.replacing(".", with: "_"), "\($0.shown(in: self))") }
        return Logger.Metadata(uniqueKeysWithValues: values.map { ($0, .string($1)) })
            .merging(["exported": .string(exportedSignals)]) { $1 }
    }

    private var exportedSignals: String {
        let signals = [("traces", export?.traces), ("metrics", export?.metrics), ("logs", export?.logs)]
        let names = signals.filter { $0.1 != nil }.map(\.0)
        return names.isEmpty ? "nothing" : names.joined(separator: " ")
    }

    /// Installs telemetry for a service with these settings. The lines of a request carry its ids.
    func startTelemetry() -> TelemetryService {
        var log = log
        log.metadataProvider = RequestContext.metadataProvider
        return TelemetryBootstrap.start(
            configuration: ConfigurationInfo(saleLimit: defaults.itemCount, userLimit: defaults.maxItemsPerBuyer),
            eventLoops: eventLoops, log: log)
    }
}
