// Gathers evidence about the promises: from the service over HTTP, and from the stores if their addresses are known.

import Audit
import Reports

/// Collects evidence about a journal.
struct EvidenceGathering: Sendable {
    /// The most orders that are looked for over HTTP; if there are more, the first ones.
    static let ordersMax = 200_000
    /// How many of them are looked for at a time.
    static let connections = 16
    /// After how many of them the progress is told.
    private static let ordersAtATime = 1_024

    let survey: Survey
    /// Nil if the stores are not audited.
    let witness: StoreWitness?
    let tokens: BuyerTokens?
    let progress: Progress

    /// - Returns: the evidence, the findings of the stores' own checks, and why a store was not checked that was to be.
    func gather(_ history: History) async -> (Evidence, [Finding], problem: String?) {
        var evidence = Evidence()
        var findings: [Finding] = []
        var problem: String?
        if let witness {
            do {
                (evidence, findings, problem) = try await progress.during("audit: reading the stores") {
                    try await ask(witness, history)
                }
            } catch {
                problem = "the stores could not be read: \(error)"
            }
        }
        if history.exchanges.contains(where: { $0.outcome == .soldOut }) {
            do {
                let count = Words.count(history.sale.itemCount)
                let wish = Survey.Wish(last: Self.lastRefused(history))
                let (items, _) = try await survey.items(of: history.sale.id, wish) { [progress] read in
                    progress.show("audit: items of the sale: \(Words.count(read)) of \(count) read")
                }
                evidence.items = Dictionary(
                    items.map { ($0.number, Evidence.Item(number: $0.number, isSold: $0.isSold)) },
                    uniquingKeysWith: { $1 })
            } catch {
                evidence.notes.append("the items could not be read: \(error)")
            }
        }
        if witness == nil, let unread = history.sale.unreadFrom {
            evidence.notes.append(
                "items from ITM-\(history.sale.id)-\(unread) on were not read before the run: without the ledger, no "
                    + "refusal for them is judged")
        }
        if !evidence.knowsAllOrders { await askForOrders(history, &evidence) }
        return (evidence, findings, problem)
    }

    /// The last item whose place in the service's list can prove a refusal false.
    private static func lastRefused(_ history: History) -> Int32 {
        let refusals = history.exchanges.filter { $0.outcome == .soldOut }
        // Any unsold item belies "all sold", and a cart may have any items.
        guard refusals.allSatisfy(\.isOfOneItem) else { return .max }
        return refusals.map(\.item).max() ?? 0
    }

    private func ask(_ witness: StoreWitness, _ history: History) async throws -> (Evidence, [Finding], String?) {
        var evidence = try await witness.evidence(about: history)
        let report = try await witness.audit(sale: history.sale.id)
        evidence.notes += report.notes
        return (evidence, report.findings, report.problem)
    }

    /// Looks for the order of every code whose purchase was acknowledged, or refused because of one, or has no known
    /// outcome.
    private func askForOrders(_ history: History, _ evidence: inout Evidence) async {
        var codes: [(code: String, buyer: UInt32)] = []
        var seen: Set<String> = []
        for exchange in history.exchanges where exchange.endpoint == .purchase {
            guard let code = exchange.code, exchange.mayHaveOrder else { continue }
            if seen.insert(code).inserted { codes.append((code, exchange.buyer)) }
        }
        if codes.count > Self.ordersMax {
            evidence.notes.append("only the first \(Self.ordersMax) of \(codes.count) orders were looked for")
            codes.removeLast(codes.count - Self.ordersMax)
        }
        var answers: [Result<WireAnswer, Prober.Failure>] = []
        for start in stride(from: 0, to: codes.count, by: Self.ordersAtATime) {
            progress.show("audit: orders: \(Words.count(start)) of \(Words.count(codes.count)) looked for")
            let questions = codes[start..<min(start + Self.ordersAtATime, codes.count)].map { code, buyer in
                Prober.Question(path: "/orders/\(code)", token: tokens?.token(of: history.user(buyer)))
            }
            answers += await survey.prober.ask(questions, connections: Self.connections)
        }
        var unanswered = 0
        for (code, answer) in zip(codes.map(\.code), answers) {
            switch answer {
            case .success(let answer) where answer.status == 200:
                let content = AnswerContent(answer.body, endpoint: .purchase, status: 200)
                evidence.orders[code] = Evidence.Order(items: Set(content.soldItems), receipt: content.receipt)
            case .success(let answer) where answer.status == 404:
                evidence.ordersMissing.insert(code)
            default:
                unanswered += 1
            }
        }
        if unanswered > 0 { evidence.notes.append("\(unanswered) orders could not be looked for: no answer") }
    }
}
