// `flashsale audit`: checks the invariants in the stores, and the answers to clients by a journal.

import ArgumentParser
import Audit
import FlashSale
import Foundation
import Textbook

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check the invariants of all sales in all pods, or of one.",
        discussion: """
            What must hold is read from Postgres in one snapshot, and from Redis where its address is known. With a \
            journal of flashsale-load, every acknowledged purchase and checkout and every refusal for stock is held \
            against the stores too. docs/AUDIT.md lists the checks and describes the JSON.

            Where FLASHSALE_PODS names pods, each has an audit of its own; one that does not answer is named.

            Exit codes: 0 all holds, 1 a breach was found, 3 there was no audit, or not of all stores and pods (a \
            setting, a store or the journal cannot be read, or its report cannot be written), 64 wrong usage.

            \(Setting.discussion(of: Setting.ofAudits))
            """)

    @Option(help: "Only this sale, in its pod.")
    var sale: Int32?

    @Option(help: "Only this pod; 0 is home. Without it, all pods that the settings name.", transform: PodID.read)
    var pod: PodID?

    @Option(help: "A journal of flashsale-load; its sale is the one that is checked.", completion: .file())
    var journal: String?

    @Flag(help: "Print an object of JSON instead of a table.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofAudits))
    var settings: [String] = []

    func validate() throws {
        if let sale { _ = try SaleLedgerOptions.sale(sale) }
    }

    func run() async throws {
        let audits: PodAudits
        do {
            audits = try await self.audits()
            print(json ? try audits.json() : audits.table)
        } catch {
            Self.complain("\(error)")
            throw ExitCode(3)
        }
        let problems = audits.problems
        if !problems.isEmpty { Self.complain(problems.joined(separator: "\n")) }
        // A breach is the graver news.
        if !audits.isClean { throw ExitCode(1) }
        if !problems.isEmpty { throw ExitCode(3) }
    }

    private static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("Error: \(text)\n".utf8))
    }

    /// One pod after the other: each audit may take all of its Postgres.
    private func audits() async throws -> PodAudits {
        let settings = try Settings.read(arguments: settings)
        let history = try journal.map { try History(path: $0) }
        let named = pod ?? (sale ?? history?.sale.id).map { settings.pod(of: SaleID($0)) }
        let pods = try settings.pods(named: named)
        var audits = PodAudits()
        for pod in pods {
            do {
                audits.add(pod, .success(try await audit(pod, settings, history)))
            } catch  where pods.count > 1 {
                audits.add(pod, .failure(error))
            }
        }
        return audits
    }

    private func audit(_ pod: PodID, _ settings: Settings, _ history: History?) async throws -> AuditReport {
        let stores = settings.of(pod)
        return try await StoreWitness.lend(
            databaseURL: stores.ledgerURL(), redisURL: stores.redisURL?.revealed
        ) { witness in
            if !settings.pods.isEmpty, try await witness.pod() != pod.number { throw Failure.isAnother(pod) }
            guard let history else { return try await witness.audit(sale: sale) }
            return try await witness.audit(history, sale: sale)
        }
    }
}
