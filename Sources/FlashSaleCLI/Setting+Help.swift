// What `--help` says of settings: each command lists those that it goes by.

import TelemetryExport
import Textbook

extension Setting {
    /// Where the ledgers of all pods are: all that a command without a service has to know.
    static let ofLedgers = [databaseURL, pods]

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

    /// The list for `--help` of a command that serves.
    ///
    /// - Parameters:
    ///   - settings: what it goes by.
    ///   - standards: its own defaults.
    static func discussion(ofService settings: [Setting], over standards: Settings = Settings()) -> String {
        discussion(of: settings, over: standards) + "\n\n" + ExportVariable.discussion
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
            from a JSON file too ({"http": {"port": 8080}}), which comes last. The default
            is in parentheses.

            \(HelpItem.list(items))
            """
    }
}
