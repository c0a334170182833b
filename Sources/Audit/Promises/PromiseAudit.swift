// Judges what clients were promised: it compares the journal with the evidence. Pure. Where an answer is missing or a
// clock may be off it decides for the service, so every breach that it reports is one.

/// The judge of one run.
package struct PromiseAudit {
    /// The check of refusals for stock.
    package static let falseSoldOut = "no_false_sold_out"

    /// How far apart the clocks of the service and of the journal may be, in nanoseconds.
    static let clockSlack: Int64 = 250_000_000
    /// A refusal for stock is true if it was true at any moment in this time before the answer.
    static let staleness: Int64 = 1_000_000_000
    /// How long after its time a hold may still count as held: the grace, and time for the sweeper.
    static let holdGrace: Int64 = 2_000_000_000

    let history: History
    let evidence: Evidence
    /// Whether others bought from the same sale: units that the journal does not explain may be theirs.
    let hasStrangers: Bool
    /// Won checkouts, and all purchases and cancellations, by code.
    let carts: [String: Cart]

    /// The journal's facts about a code.
    struct Cart {
        var buyer: UInt32
        var items: Set<Int32> = []
        /// The time of its last hold, in nanoseconds from the start.
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

    /// - Parameter hasStrangers: if true, units that the journal does not explain prove no breach. With the database
    ///   every unit is explained.
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
            case .items, .queue, .line, .events, .raw:
                continue
            }
        }
        self.carts = carts
    }

    /// The promises, and how often each was broken.
    package var findings: [Finding] {
        var findings = [
            unitsAreSoldOnce(), acknowledgedOrdersExist(), acknowledgedCheckoutsAreHolds(), acknowledgedHoldsStand(),
            buyersStayWithinLimits(), refusalsHaveACause(), noFalseSoldOut(), purchasesHaveOneAnswer(),
        ]
        if evidence.knowsAllOrders { findings.append(ordersWereAskedFor()) }
        if let log = evidence.log { findings.append(actsAreHeard(log)) }
        if let starts = history.roomStarts { findings += ofTheLine(starts: starts) }
        return findings
    }

    /// Remarks that break no promise.
    package var notes: [String] {
        var notes = evidence.notes
        let unknown = carts.filter { $0.value.purchases.contains(where: \.isUncertain) }.keys
        let settled = unknown.filter { evidence.hasOrder($0) == true }.count
        if !unknown.isEmpty {
            notes.append("\(unknown.count) carts have a purchase of unknown outcome; \(settled) of them were bought")
        }
        if let log = evidence.log, let late = latestEcho(log) {
            notes.append("that the sale is paused or over was told for \(late / 1_000_000) ms at most after it was so")
        }
        if history.roomStarts != nil, let fault = history.faults.first {
            notes.append(
                "from the first fault at \(Self.moment(fault.at)) on, places in line may lag: of Q1, Q2, Q4 and "
                    + "Q7, and of places in Q6, only what came before it is judged, numbers excepted")
        }
        if !history.isComplete { notes.append("the journal has no end: the run was killed, or still goes on") }
        return notes
    }

    // MARK: - Words

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
        if let number = exchange.place?.number { line += " number \(number)" }
        if let ahead = exchange.place?.ahead { line += ", \(ahead) ahead" }
        if !exchange.soldItems.isEmpty {
            line += " sold " + exchange.soldItems.map { "ITM-\(history.sale.id)-\($0)" }.joined(separator: " ")
        }
        if let receipt = exchange.receipt { line += " as \(receipt)" }
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
