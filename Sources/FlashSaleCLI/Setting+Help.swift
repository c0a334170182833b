// What `--help` and a shell's completion say of settings, and `--help` of the export's variables: each command lists
// those that it goes by.

import ArgumentParser
import TelemetryExport

extension Setting {
    /// Where the ledgers of all pods are: all that a command without a service has to know.
    static let ofLedgers = [databaseURL, pods]

    /// The stores that an audit reads.
    static let ofAudits = ofLedgers + [redisURL]

    /// What a new sale has, where nobody says otherwise.
    static let ofPlans = named([
        "hold.seconds", "max.items.per.user", "lapses.max", "identity", "sale.lanes", "sale.seconds", "waiting.room",
        "gather.seconds", "shops",
    ])

    /// What a token is signed with.
    static let ofTokens = named(["identity.secret", "identity.issuer", "identity.audience", "identity.claims"])

    private static func named(_ keys: Set<String>) -> [Setting] {
        let settings = all.filter { keys.contains($0.key) }
        precondition(settings.count == keys.count, "a setting of this name is not there")
        return settings
    }

    /// What `--help` says of the settings among a command's arguments.
    static let asFlags = ArgumentHelp("Settings, as flags.")

    /// What a shell offers for settings among a command's arguments.
    static func completion(of settings: [Setting]) -> CompletionKind { .list(settings.map(\.flag)) }

    /// The list for `--help` of a command that serves.
    ///
    /// - Parameters:
    ///   - settings: what it goes by.
    ///   - standards: its own defaults.
    static func discussion(ofService settings: [Setting], over standards: Settings = Settings()) -> String {
        discussion(of: settings, over: standards) + "\n\n" + discussionOfExport
    }

    /// The list for `--help` of any other command.
    static func discussion(of settings: [Setting], over standards: Settings = Settings()) -> String {
        let items = settings.map { setting in
            let standard = setting.text(standards)
            return HelpItem(name: setting.flag, help: setting.help, standard: setting.isSecret ? "" : standard)
        }
        let first = settings[0]
        return """
            Settings, as flags or in the environment (\(first.variable)
            for \(first.flag)); flags win. With FLASHSALE_CONFIG=FILE they are read
            from a JSON file too ({"http": {"port": 8080}}), which comes last. An empty
            value is as good as none. The default is in parentheses.

            \(HelpItem.list(items))
            """
    }

    private static var discussionOfExport: String {
        let prefix = ExportVariable.prefix
        let items = ExportVariable.allCases.map {
            HelpItem(name: $0.rawValue, help: $0.help, standard: $0.standard)
        }
        return """
            The environment alone sets what goes to a collector by OTLP over HTTP.
            Each \(prefix)X also exists for one signal, and wins there:
            \(prefix)TRACES_X, …METRICS_X and …LOGS_X. The endpoint of one
            signal is the whole URL, path included. A value of an OTEL_ variable that is not
            understood is warned of at start, and ignored; so are OpenTelemetry's other ones.

            \(HelpItem.list(items))
            """
    }
}
