// Gathers evidence about the promises: from the service over HTTP, and from the stores if their addresses are known.

import Audit

/// Collects evidence about a journal.
struct EvidenceGathering: Sendable {
    /// The most orders that are looked for over HTTP; if there are more, the first ones.
    static let ordersMax = 200_000
    /// How many of them are looked for at a time.
    static let connections = 16

    let survey: Survey
    /// Nil if the stores are not audited.
    let witness: StoreWitness?

    /// - Returns: the evidence, and the findings of the stores' own checks.
    func gather(_ history: History) async -> (Evidence, [Finding]) {
        var evidence = Evidence()
        var findings: [Finding] = []
        if let witness {
            do {
                try await ask(witness, history, &evidence, &findings)
            } catch {
                evidence.notes.append("the stores could not be read: \(error)")
            }
        }
        if history.exchanges.contains(where: { $0.outcome == .soldOut }) {
            do {
                let items = try await survey.items(of: history.sale.id)
                evidence.items = Dictionary(
                    items.map { ($0.number, Evidence.Item(number: $0.number, isSold: $0.isSold)) },
                    uniquingKeysWith: { $1 })
            } catch {
                evidence.notes.append("the items could not be read: \(error)")
            }
        }
        if !evidence.knowsAllOrders { await askForOrders(history, &evidence) }
        return (evidence, findings)
    }

    private func ask(
        _ witness: StoreWitness, _ history: History, _ evidence: inout Evidence, _ findings: inout [Finding]
    ) async throws {
        evidence = try await witness.evidence(about: history)
        let report = try await witness.audit(sale: history.sale.id)
        findings = report.findings
        evidence.notes += report.notes
    }

    /// Looks for the order of every code whose purchase was acknowledged or has no known outcome.
    private func askForOrders(_ history: History, _ evidence: inout Evidence) async {
        var codes: [String] = []
        var seen: Set<String> = []
        for exchange in history.exchanges where exchange.endpoint == .purchase {
            guard let code = exchange.code, exchange.outcome == .won || exchange.isUncertain else { continue }
            if seen.insert(code).inserted { codes.append(code) }
        }
        if codes.count > Self.ordersMax {
            evidence.notes.append("only the first \(Self.ordersMax) of \(codes.count) orders were looked for")
            codes.removeLast(codes.count - Self.ordersMax)
        }
        let answers = await survey.prober.ask(codes.map { "/orders/\($0)" }, connections: Self.connections)
        var unanswered = 0
        for (code, answer) in zip(codes, answers) {
            switch answer {
            case .success(let answer) where answer.status == 200:
                let content = AnswerContent(answer.body, endpoint: .purchase, status: 200)
                evidence.orders[code] = Evidence.Order(items: Set(content.soldItems))
            case .success(let answer) where answer.status == 404:
                evidence.ordersMissing.insert(code)
            default:
                unanswered += 1
            }
        }
        if unanswered > 0 { evidence.notes.append("\(unanswered) orders could not be looked for: no answer") }
    }
}
