// `flashsale shops views`: the ledgers of all pods as a database for reports follows them (deploy/reports).

import ArgumentParser
import FlashSale
import LibpqClient

struct ShopsViewsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "views", abstract: "Print the SQL that makes one view of each table over all pods.",
        discussion: """
            It is for a database of its own that deploy/reports/hub.sql has prepared, and psql applies it:

              flashsale shops views | psql "$HUB_URL" -v ON_ERROR_STOP=1 -v password=…

            The password is that of the role that reads in each ledger; deploy/reports/ledger.sql has its views. \
            It is not in what is printed. Each ledger is followed by the host, port and database of its URL.
            """)

    @Option(help: "The role that reads in each ledger.")
    var user = "flashsale_reports"

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofLedgers))
    var settings: [String] = []

    func run() async throws {
        print(try Settings.read(arguments: settings).followingStatements(as: user).joined(separator: "\n"))
    }
}

extension Settings {
    /// A call of `reporting.follow` for the ledger of each pod, with the password as a variable of psql.
    func followingStatements(as user: String) throws -> [String] {
        try allPods.map { pod in
            let place: PostgresPlace
            do {
                place = try PostgresClientConfiguration(url: of(pod).ledgerURL()).place()
            } catch let error as PostgresError {
                throw Failure("\(pod.databaseVariable): \(error.message)")
            }
            guard let port = place.port else {
                throw Failure("\(pod.databaseVariable) has several ports, and a server of postgres_fdw has one")
            }
            let name = pod == .home ? "home" : "pod_\(pod)"
            let texts = [name, place.host, place.database, user].map { "'\($0.replacing("'", with: "''"))'" }
            return "call reporting.follow(\(texts[0]), \(texts[1]), \(port), \(texts[2]), \(texts[3]), :'password');"
        }
    }
}
