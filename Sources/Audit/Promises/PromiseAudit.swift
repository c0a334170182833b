// Judges what clients were promised: the journal against the evidence. Pure; it errs toward the service wherever an
// answer is missing or a clock may be off, so that what it does call broken is broken.

/// The judge of one run.
package struct PromiseAudit {
    /// The check of refusals for stock.
    package static let falseSoldOut = "no_false_sold_out"

    /// How far apart the clocks of the service and of the journal may be, in nanoseconds.
    static let clockSlack: Int64 = 250_000_000
    /// A refusal for stock is true if it was so at any moment of so long before the answer.
    static let staleness: Int64 = 1_000_000_000
    /// How long after its end a hold may still count as held: grace, and the sweeper's way.
    static let holdGrace: Int64 = 2_000_000_000

    let history: History
    let evidence: Evidence
    /// Others bought from the same sale: what the journal does not know of may be theirs.
    let hasStrangers: Bool
    /// Won checkouts and every purchase, by code.
    let carts: [String: Cart]

    /// What the journal knows of a code.
    struct Cart {
        var buyer: UInt32
        var items: Set<Int32> = []
        /// When the last of its holds was to end, in nanoseconds from the start.
        var expires = Int64.min
        var checkouts: [History.Exchange] = []
        var purchases: [History.Exchange] = []
        var cancellations: [History.Exchange] = []

        mutating func add(checkout: History.Exchange, wall: Int64) {
            items.insert(checkout.item)
            checkouts.append(checkout)
            if let milliseconds = checkout.expires { expires = max(expires, milliseconds * 1_000_000 - wall) }
        }
    }

    /// - Parameter hasStrangers: does not convict by what the journal alone explains. Where the database was seen, it
    ///   explains all.
    package init(_ history: History, _ evidence: Evidence, hasStrangers: Bool) {
        self.history = history
        self.evidence = evidence
        self.hasStrangers = hasStrangers
        var carts: [String: Cart] = [:]
        for exchange in history.exchanges {
            switch exchange.endpoint {
            case .checkout:
                guard exchange.outcome == .won, let code = exchange.codeGiven else { continue }
                carts[code, default: Cart(buyer: exchange.buyer)].add(checkout: exchange, wall: history.wall)
            case .purchase:
                guard let code = exchange.code else { continue }
                carts[code, default: Cart(buyer: exchange.buyer)].purchases.append(exchange)
            case .cancel:
                guard let code = exchange.code else { continue }
                carts[code, default: Cart(buyer: exchange.buyer)].cancellations.append(exchange)
            case .items, .raw:
                continue
            }
        }
        self.carts = carts
    }

    /// What was promised, and how often it was not kept.
    package var findings: [Finding] {
        var findings = [unitsAreSoldOnce(), acknowledgedOrdersExist()]
        if let holds = evidence.holds { findings.append(acknowledgedCheckoutsAreHolds(holds)) }
        findings += [acknowledgedHoldsStand(), buyersStayWithinLimits(), noFalseSoldOut(), purchasesHaveOneAnswer()]
        if evidence.knowsAllOrders { findings.append(ordersWereAskedFor()) }
        return findings
    }

    /// What is worth knowing and breaks no promise.
    package var notes: [String] {
        var notes = evidence.notes
        let unknown = carts.filter { $0.value.purchases.contains(where: \.isUncertain) }.keys
        let settled = unknown.filter { evidence.hasOrder($0) == true }.count
        if !unknown.isEmpty {
            notes.append("\(unknown.count) carts have a purchase of unknown outcome; \(settled) of them were bought")
        }
        if !history.isComplete { notes.append("the journal has no end: the run was killed, or still goes on") }
        return notes
    }

    // MARK: Words

    /// A request and its answer in a line.
    func timeline(_ exchange: History.Exchange) -> String {
        var line = "request \(exchange.id), buyer \(history.user(exchange.buyer)): \(exchange.endpoint.name)"
        if exchange.item > 0 { line += " ITM-\(history.sale.id)-\(exchange.item)" }
        if let code = exchange.code { line += " \(code)" }
        line += " sent \(Self.moment(exchange.sent)), "
        guard exchange.answered != .max else { return line + "never answered" }
        let words = exchange.reason?.rawValue ?? exchange.outcome.name
        line += exchange.status == 0 ? "lost" : "answered \(exchange.status) \(words)"
        line += " \(Self.moment(exchange.answered))"
        if let given = exchange.codeGiven, exchange.code == nil { line += " with \(given)" }
        if !exchange.soldItems.isEmpty {
            line += " sold " + exchange.soldItems.map { "ITM-\(history.sale.id)-\($0)" }.joined(separator: " ")
        }
        return line
    }

    func timeline(_ exchanges: [History.Exchange]) -> String {
        exchanges.sorted { $0.sent < $1.sent }.prefix(8).map { "  " + timeline($0) }.joined(separator: "\n")
    }

    /// `+1.234567 s`
    static func moment(_ nanoseconds: Int64) -> String {
        let micros = abs(nanoseconds) / 1_000
        let fraction = String(1_000_000 + micros % 1_000_000).dropFirst()
        return "\(nanoseconds < 0 ? "-" : "+")\(micros / 1_000_000).\(fraction) s"
    }
}
