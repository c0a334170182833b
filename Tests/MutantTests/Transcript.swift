// What a storm's buyers asked and heard, in the words of the load generator's journal: its judge of promises reads it.

import Audit
import FlashSale
import LibpqClient
import Synchronization
import Telemetry

final class Transcript: Sendable {
    private static let run = "storm"

    private let sale: Sale
    /// By the ledger's clock.
    private let startedAt: Timestamp
    private let start = ContinuousClock.now
    private let lines = Mutex<(requests: Int, text: String)>((0, ""))

    init(of sale: Sale, from startedAt: Timestamp) {
        self.sale = sale
        self.startedAt = startedAt
    }

    /// The name of a buyer.
    static func buyer(_ number: Int) -> BuyerID {
        guard let buyer = BuyerID("load-\(run)-\(number)") else { preconditionFailure("a number makes a name") }
        return buyer
    }

    /// - Parameter subject: an item's number or a code.
    /// - Returns: the number of the request.
    func sent(_ endpoint: Endpoint, _ subject: String, by buyer: Int) -> Int {
        let moment = moment
        return lines.withLock { lines in
            lines.requests += 1
            lines.text += "S \(lines.requests) \(moment) \(buyer) \(endpoint.name) \(subject) -\n"
            return lines.requests
        }
    }

    func heard(_ outcome: FlashSale.Outcome<CheckoutReceipt>, to request: Int) {
        note(outcome, request) { "\($0.cart.code) - \($0.cart.expiresAt.microseconds / 1_000)" }
    }

    func heard(_ outcome: FlashSale.Outcome<PurchaseReceipt>, to request: Int) {
        note(outcome, request) { receipt in
            let sold = receipt.order.lines.filter(\.isSold).map { "\($0.item.number)" }
            let items = sold.isEmpty ? "-" : sold.joined(separator: ",")
            return "- \(items) - \(receipt.order.id):\(receipt.order.total.minorUnits)"
        }
    }

    func heard(_ outcome: FlashSale.Outcome<CancelReceipt>, to request: Int) {
        note(outcome, request) { _ in "- - -" }
    }

    private func note<Receipt: Sendable>(
        _ outcome: FlashSale.Outcome<Receipt>, _ request: Int, _ facts: (Receipt) -> String
    ) {
        let answer: String
        switch outcome {
        case .success(let receipt): answer = "200 won - \(facts(receipt))"
        case .refused(let refusal):
            let status = refusal.reason == .database ? 503 : 409
            let reason = Audit.Outcome.Reason(rawValue: refusal.reason.rawValue)
            let kind = Audit.Outcome(status: status, reason: reason)
            answer = "\(status) \(kind.name) \(reason?.rawValue ?? "-") - - -"
        }
        let moment = moment
        lines.withLock { $0.text += "A \(request) \(moment) \(answer)\n" }
    }

    /// Nanoseconds from the start.
    private var moment: Int64 {
        let passed = start.duration(to: .now).components
        return passed.seconds * 1_000_000_000 + passed.attoseconds / 1_000_000_000
    }

    /// The promises that the answers made and the ledger did not keep, a line for each kind.
    func breaches(in postgres: PostgresClient) async throws -> [String] {
        let head = """
            \(History.mark) run=\(Self.run) wall=\(startedAt.microseconds * 1_000) sale=\(sale.id) \
            items=\(sale.itemCount) stock=\(sale.stockPerItem) limit=\(sale.maxItemsPerBuyer) target=http://storm

            """
        let history = try History(parsing: Array((head + lines.withLock { $0.text } + "E \(moment)\n").utf8))
        let evidence = try await StoreWitness.lend(databaseURL: postgres.configuration.url, redisURL: nil) {
            try await $0.evidence(about: history)
        }
        return PromiseAudit(history, evidence, hasStrangers: false).findings.filter { $0.breaches > 0 }.map {
            "journal \($0.check): \($0.counterexamples.first ?? "")"
        }
    }
}
