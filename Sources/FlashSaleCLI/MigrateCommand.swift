// `flashsale migrate`: brings a database's schema to this build's.

import ArgumentParser
import LibpqClient
import Logging
import PostgresLedger

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to date.", discussion: Setting.discussion)

    @Flag(help: "Only say which migrations are applied.")
    var status = false

    @Option(help: "Go back to this version instead.")
    var revertTo: Int?

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        let settings = try await Settings.read(arguments: settings)
        guard let url = settings.databaseURL else {
            throw Failure("\(Setting.databaseURL.variable) is not set")
        }
        let migrator = Migrator(client: try Self.client(url), logger: Logger(label: "flashsale.migrate"))
        if status {
            for line in try await migrator.status() { print(line) }
        } else if let revertTo {
            for migration in try await migrator.revert(to: revertTo) { print("reverted \(migration)") }
        } else {
            let applied = try await migrator.migrate()
            for migration in applied { print("applied \(migration)") }
            if applied.isEmpty { print("nothing to do") }
        }
    }

    private static func client(_ url: String) throws -> PostgresClient {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.statementTimeout = .seconds(600)
        do {
            return try PostgresClient(configuration)
        } catch {
            throw Failure("\(Setting.databaseURL.variable): \(error.message)")
        }
    }
}
