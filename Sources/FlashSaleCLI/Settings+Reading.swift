// The settings as they are read at the start, checked as a whole, and shown in the log.

import Configuration
import FlashSale
import FlashSaleHTTP
import Foundation
import Logging
import Telemetry
import TelemetryExport
import Textbook

extension Settings {
    /// Reads all settings. An empty text is no value: scripts and files of variables write it for what is not set.
    ///
    /// - Parameters:
    ///   - arguments: the flags after the subcommand, as they were typed.
    ///   - variables: the environment.
    ///   - standards: what stands where nothing is set.
    /// - Throws: `Failure` with one sentence for each bad value.
    static func read(
        arguments: [String], variables: [String: String] = ProcessInfo.processInfo.environment,
        over standards: Settings = Settings()
    ) throws -> Settings {
        let flags = try flags(in: arguments)
        let environment = EnvironmentVariablesProvider(environmentVariables: variables.filter { !$0.value.isEmpty })
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "flags", values: values(of: flags)),
            environment.prefixKeys(with: "flashsale"),
        ]
        if let file = ConfigReader(provider: environment).string(forKey: "flashsale.config") {
            providers.append(InMemoryProvider(name: "file", values: values(of: try SettingsFile(path: file).texts)))
        }
        let reader = ConfigReader(providers: providers)
        var settings = standards
        var problems: [String] = Setting.all.compactMap { setting in
            reader.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret)
                .flatMap { setting.read($0, into: &settings) }
        }
        for pod in settings.pods {
            let stores = PodStores(pod) { reader.string(forKey: ConfigKey($0), isSecret: true) }
            settings.podStores[pod] = stores
            problems += stores.problems
        }
        if (settings.http.tlsCertificate == nil) != (settings.http.tlsKey == nil) {
            problems.append("FLASHSALE_HTTP_TLS_CERTIFICATE and FLASHSALE_HTTP_TLS_KEY need each other")
        }
        if settings.http.identity == .required, settings.http.identityKeys == nil, settings.http.identitySecret == nil {
            problems.append("FLASHSALE_IDENTITY=required needs FLASHSALE_IDENTITY_KEYS or FLASHSALE_IDENTITY_SECRET")
        }
        if let problem = settings.webhook.problem { problems.append(problem) }
        do throws(ExportSettings.Problems) {
            (settings.export, settings.warnings) = try ExportSettings.read(variables)
        } catch {
            problems += error.sentences
        }
        if !settings.isObserving { settings.export = nil }
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
        return settings
    }

    /// Reads `--name value` and `--name=value`; of a setting that is given twice, the last. A value is taken whole:
    /// swift-configuration's own provider takes a comma for the end of it, and a database URL may name several hosts.
    ///
    /// - Throws: `Failure` for an unknown flag, because a mistyped setting must not be ignored.
    static func flags(in arguments: [String]) throws -> [String: String] {
        let known = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.flag, $0) })
        var flags: [String: String] = [:]
        var expecting: Setting?
        for argument in arguments {
            if let setting = expecting {
                flags[setting.key] = argument
                expecting = nil
            } else {
                let name = argument.prefix { $0 != "=" }
                guard argument.hasPrefix("--") else { throw Failure("\(argument) belongs to no setting") }
                guard let setting = known[String(name)] else { throw Failure.unknown(name) }
                if name.endIndex < argument.endIndex {
                    flags[setting.key] = String(argument[argument.index(after: name.endIndex)...])
                } else {
                    expecting = setting
                }
            }
        }
        if let setting = expecting { throw Failure("\(setting.flag) needs a value") }
        return flags
    }

    /// Settings as swift-configuration takes them. To it all are secrets, as it says nothing of any.
    private static func values(of texts: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        let pairs = texts.filter { !$0.value.isEmpty }.map {
            (AbsoluteConfigKey(ConfigKey($0.key)), ConfigValue(.string($0.value), isSecret: true))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
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
        let service = TelemetryBootstrap.start(
            configuration: ConfigurationInfo(saleLimit: defaults.itemCount, userLimit: defaults.maxItemsPerBuyer),
            eventLoops: eventLoops, pods: pods.map(\.label), log: log)
        let logger = Logger(label: "flashsale")
        for warning in warnings { logger.warning("a setting is ignored", metadata: ["why": "\(warning)"]) }
        return service
    }
}

extension Settings {
    /// The URL of the ledger, with its password, for a command that only asks the ledger.
    ///
    /// - Throws: `Failure` if it is not set.
    func ledgerURL() throws -> String {
        guard let url = databaseURL?.revealed else { throw Failure("\(Setting.databaseURL.variable) is not set") }
        return url
    }
}
