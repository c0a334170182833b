// `flashsale audit`: checks the invariants in the stores, and the answers to clients by a journal.

import ArgumentParser
import Audit
import Foundation
import Textbook

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the invariants of all sales, or of one.",
        discussion: """
            What must hold is read from Postgres in one snapshot, and from Redis where its address is known. With a \
            journal of flashsale-load, every acknowledged purchase and checkout and every refusal for stock is held \
            against the stores too. docs/AUDIT.md lists the checks and describes the JSON.

            Exit codes: 0 all holds, 1 a breach was found, 3 there was no audit (a setting, a store or the journal \
            cannot be read, or its report cannot be written), 64 wrong usage.

            \(Setting.discussion)
            """)

    @Option(help: "Only this sale.")
    var sale: Int32?

    @Option(help: "A journal of flashsale-load; its sale is the one that is checked.")
    var journal: String?

    @Flag(help: "Print an object of JSON instead of a table.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        let report: AuditReport
        do {
            report = try await audit()
            print(json ? try report.json() : report.table)
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("Error: \(error)\n".utf8))
            throw ExitCode(3)
        }
        if !report.isClean { throw ExitCode(1) }
    }

    private func audit() async throws -> AuditReport {
        let settings = try await Settings.read(arguments: settings)
        let url = try settings.ledgerURL()
        let witness = try StoreWitness(databaseURL: url, redisURL: settings.redisURL?.revealed)
        do {
            let report =
                if let journal { try await witness.audit(journal: journal, sale: sale) } else {
                    try await witness.audit(sale: sale)
                }
            await witness.close()
            return report
        } catch {
            await witness.close()
            throw error
        }
    }
}
