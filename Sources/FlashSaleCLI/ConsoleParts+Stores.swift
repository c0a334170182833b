// What the console asks of the auditor and of the storyteller: each connects by itself, and reads what commands read.

import Audit
import FlashSale
import FlashSaleHTTP
import OperatorConsole
import SaleStory
import Textbook

extension ConsoleParts {
    /// The parts over the stores of the settings; nil for no console.
    init?(_ settings: Settings, company: @escaping @Sendable (PodID) async -> ConsoleCompany) {
        guard settings.console.isOn, settings.databaseURL != nil else { return nil }
        let prometheus = settings.console.links.prometheus
        self.init(
            settings: settings.console, company: company,
            audit: { sale in
                let stores = settings.of(sale.pod)
                let report = try await StoreWitness.lend(
                    databaseURL: stores.ledgerURL(), redisURL: stores.redisURL?.revealed
                ) { try await $0.audit(sale: sale.number) }
                return ConsoleAudit(report)
            },
            story: { sale in
                try await Storyteller.story(
                    ofSale: sale.number, databaseURL: settings.of(sale.pod).ledgerURL(),
                    prometheusURL: prometheus.isEmpty ? nil : prometheus
                ).html
            })
    }
}

extension ConsoleAudit {
    fileprivate init(_ report: AuditReport) {
        self.init(
            rows: report.findings.map { finding in
                Row(
                    invariant: finding.invariant, sentence: finding.sentence, breaches: finding.breaches,
                    examples: finding.counterexamples)
            }, notes: report.notes, problem: report.problem, seconds: report.seconds)
    }
}
