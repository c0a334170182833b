// `flashsale migrate`: brings a database's schema up to this program's.

import ArgumentParser
import FlashSale
import LibpqClient
import Logging
import PostgresLedger

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema up to date.",
        discussion: Setting.discussion(of: Setting.ofLedgers))

    @Flag(help: "Only say what of the schema is in place.")
    var status = false

    @Flag(help: "Put this program's functions in place even if the database's are newer.")
    var goBack = false

    @Option(help: "Then give this role the rights that the service needs, and no others.")
    var grant: String?

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofLedgers))
    var settings: [String] = []

    func run() async throws {
        let settings = try Settings.read(arguments: settings)
        for pod in settings.allPods { try await migrate(pod, settings.of(pod).ledgerURL()) }
    }

    private func migrate(_ pod: PodID, _ url: String) async throws {
        if pod != .home { print("pod \(pod):") }
        try await Self.client(of: pod, url).lend { try await migrate(pod, by: $0) }
    }

    private func migrate(_ pod: PodID, by client: PostgresClient) async throws {
        let migrator = Migrator(client: client, logger: Logger(label: "flashsale.migrate"))
        if status {
            let report = try await migrator.report()
            print("\(report)\n\(report.state)")
        } else {
            let changes = try await migrator.migrate(goingBack: goBack)
            for file in changes.tables { print("applied the table file \(file)") }
            for file in changes.functions { print("put in place the functions of \(file)") }
            if pod != .home, try await !PostgresShopPlacements(client: client).become(pod) {
                throw Failure("the ledger is not empty, so it cannot become pod \(pod), or it is another pod")
            }
            for name in changes.dropped { print("dropped the functions of \(name)") }
            if let grant {
                try await migrator.grantServiceRights(to: grant)
                print("gave \(grant) the rights of the service")
            } else if changes.isEmpty {
                print("nothing to do")
            }
        }
    }

    private static func client(of pod: PodID, _ url: String) throws -> PostgresClient {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.statementTimeout = .seconds(600)
        do {
            return try PostgresClient(configuration)
        } catch {
            throw Failure("\(pod.databaseVariable): \(error.message)")
        }
    }
}
