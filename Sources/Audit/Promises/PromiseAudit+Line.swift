// The promises of a waiting room, as far as a journal can tell: Q1, Q2 and Q4 to Q7. Q3 is in PromiseAudit+Draw.swift.

extension PromiseAudit {
    /// How long an instance may show an older line than another does.
    private static let lag: Int64 = 500_000_000
    /// Late buyers keep their order if they come this far apart.
    private static let orderApart: Int64 = 1_000_000_000
    /// How soon all that wait are told that nothing is left.
    private static let endTold: Int64 = 1_000_000_000

    /// - Parameter starts: when the sale starts, in nanoseconds from the start of the run.
    func ofTheLine(starts: Int64) -> [Finding] {
        let book = LineBook(history)
        return [
            placesStay(book, starts: starts), lateBuyersKeepTheirOrder(book, starts: starts),
            numbersFollowFromTheDraw(book), calledNeverFalls(book), nobodyJumps(book), calledBuyersAreLetIn(book),
            endIsTrueAndTold(),
        ]
    }

    /// The end of the time in which each part of the service is known to have heard of the others.
    private var firstFault: Int64 { history.faults.map(\.at).min() ?? .max }

    // MARK: - Q1

    private func placesStay(_ book: LineBook, starts: Int64) -> Finding {
        var breaches: [String] = []
        var drawn: [UInt32: [LineBook.Ticket]] = [:]
        for ticket in book.tickets.values.sorted(by: { $0.joined.sent < $1.joined.sent }) {
            let joined = ticket.joined
            if joined.answered < starts - Self.clockSlack { drawn[joined.buyer, default: []].append(ticket) }
            if let why = whyMoved(ticket) { breaches.append(why) }
        }
        for (buyer, tickets) in drawn.sorted(by: { $0.key < $1.key }) {
            let told = tickets.compactMap { ticket in ticket.answers.first { $0.place?.number != nil } }
            guard Set(told.map(\.place?.number)).count > 1 else { continue }
            let user = history.user(buyer)
            breaches.append("buyer \(user) joined before the start and has two numbers:\n\(timeline(told))")
        }
        return Finding(
            "places_stay", "Q1", "a ticket's number never changes, and nobody falls back in line", breaches: breaches)
    }

    /// Why a ticket's place changed, as a sentence; nil if it did not.
    private func whyMoved(_ ticket: LineBook.Ticket) -> String? {
        let user = history.user(ticket.joined.buyer)
        if let number = ticket.number,
            let other = ticket.answers.first(where: { $0.place?.number.map { $0 != number } ?? false })
        {
            let first = ticket.answers.filter { $0.place?.number == number }.prefix(1)
            return "the number of a ticket of \(user) changed:\n\(timeline(first + [other]))"
        }
        let answers = ticket.answers.filter { $0.answered < firstFault && $0.place?.ahead != nil }
        for (index, later) in answers.enumerated() {
            let before = answers[..<index].filter { $0.answered <= later.sent - Self.lag }
            guard let best = before.min(by: { $0.place?.ahead ?? 0 < $1.place?.ahead ?? 0 }),
                let was = best.place?.ahead, let now = later.place?.ahead, now > was
            else { continue }
            return "\(user) had \(was) ahead and then \(now):\n\(timeline([best, later]))"
        }
        return nil
    }

    // MARK: - Q2

    private func lateBuyersKeepTheirOrder(_ book: LineBook, starts: Int64) -> Finding {
        let late = book.tickets.values.filter {
            $0.number != nil && $0.joined.sent > starts + Self.clockSlack && $0.joined.answered < firstFault
        }
        // Who joins again keeps its number. It got that no sooner than it began to join.
        var began: [UInt32: Int64] = [:]
        for exchange in history.exchanges where exchange.endpoint == .queue && exchange.ticket == nil {
            began[exchange.buyer] = min(began[exchange.buyer] ?? .max, exchange.sent)
        }
        let start = { (ticket: LineBook.Ticket) in began[ticket.joined.buyer] ?? ticket.joined.sent }
        let byAnswer = late.sorted { $0.joined.answered < $1.joined.answered }
        var breaches: [String] = []
        // The one with the highest number of all that had joined when another began to.
        var (next, highest) = (0, LineBook.Ticket?.none)
        for ticket in late.sorted(by: { start($0) < start($1) }) {
            while next < byAnswer.count, byAnswer[next].joined.answered <= start(ticket) - Self.orderApart {
                if byAnswer[next].number ?? 0 > highest?.number ?? 0 { highest = byAnswer[next] }
                next += 1
            }
            guard let before = highest, let last = before.number, let number = ticket.number, number <= last else {
                continue
            }
            breaches.append(
                "number \(number) was given a second and more after number \(last):\n"
                    + timeline([before.joined, ticket.joined]))
        }
        return Finding(
            "late_buyers_keep_their_order", "Q2", "who joins a second later stands further back", breaches: breaches)
    }

    // MARK: - Q4

    private func calledNeverFalls(_ book: LineBook) -> Finding {
        let breaches = history.lines.compactMap { line -> String? in
            let exchange = history.exchanges[line.exchange]
            // Events may be older than the moment at which they come.
            guard exchange.endpoint == .line, line.at < firstFault, let called = line.called,
                case let before = book.called(by: exchange.sent - Self.lag), called < before
            else { return nil }
            return "\(before) were called, and later \(called):\n\(timeline([exchange]))"
        }
        return Finding("called_never_falls", "Q4", "the count of those that are called never falls", breaches: breaches)
    }

    // MARK: - Q5

    private func nobodyJumps(_ book: LineBook) -> Finding {
        // What refusals say of the line is confirmed: fewer were called before than then.
        let refusals = history.exchanges.filter { $0.endpoint == .checkout && $0.reason == .waitingRoom }
            .filter { $0.place?.calledAtLeast != nil }.sorted { $0.sent < $1.sent }
        var least = [Int32](repeating: .max, count: refusals.count + 1)
        for (index, refusal) in refusals.enumerated().reversed() {
            least[index] = min(least[index + 1], refusal.place?.calledAtLeast ?? .max)
        }
        let breaches = history.exchanges.compactMap { exchange -> String? in
            guard exchange.outcome == .won else { return nil }
            let ticket = book.shown(by: exchange)
            switch exchange.endpoint {
            case .queue where exchange.ticket != nil && ticket == nil:
                return "a ticket that is not its buyer's was taken:\n\(timeline([exchange]))"
            case .checkout:
                guard let ticket else { return "a buyer came in without a ticket of its own:\n\(timeline([exchange]))" }
                let later = refusals.partitioningIndex { $0.sent > exchange.answered + Self.lag }
                guard let number = ticket.number, least[later] < number else { return nil }
                return "number \(number) came in, and later \(least[later]) were called:\n\(timeline([exchange]))"
            default: return nil
            }
        }
        return Finding("nobody_jumps_the_line", "Q5", "nobody comes in before its turn", breaches: breaches)
    }

    // MARK: - Q6

    private func calledBuyersAreLetIn(_ book: LineBook) -> Finding {
        let breaches = history.exchanges.compactMap { exchange -> String? in
            let ticket = book.shown(by: exchange)
            guard isToldToWait(exchange, with: ticket), let number = exchange.place?.number ?? ticket?.number,
                number <= book.called(by: exchange.sent - Self.lag)
            else { return nil }
            let joined = ticket.map { [$0.joined] } ?? []
            return "number \(number) had been called, and was told to wait:\n\(timeline(joined + [exchange]))"
        }
        return Finding("called_buyers_are_let_in", "Q6", "nobody that is called is told to wait", breaches: breaches)
    }

    /// Whether an answer said that its buyer is not called: to a checkout with a ticket, or about its place.
    private func isToldToWait(_ exchange: History.Exchange, with ticket: LineBook.Ticket?) -> Bool {
        switch exchange.endpoint {
        case .checkout: exchange.reason == .waitingRoom && ticket != nil
        case .queue: exchange.outcome == .won && exchange.place?.isCalled == false && exchange.answered < firstFault
        default: false
        }
    }

    // MARK: - Q7

    private func endIsTrueAndTold() -> Finding {
        let books = StockBooks(self)
        var breaches: [String] = []
        let soldOutAt = soldOutAt
        for line in history.lines {
            let exchange = history.exchanges[line.exchange]
            // An event may have been under way for a moment.
            let asked = exchange.endpoint == .events ? line.at - Self.clockSlack : exchange.sent
            let moment = Self.moment(line.at)
            if line.phase == .soldOut {
                let window = (from: asked - Self.staleness - Self.clockSlack, until: line.at + Self.clockSlack)
                guard let why = whyNotAllSold(window, books) else { continue }
                breaches.append("\(why), at \(moment):\n\(timeline([exchange]))")
            } else if !line.phase.isEnd, line.phase != .paused, asked > soldOutAt, line.at < firstFault {
                breaches.append(
                    "all was sold by \(Self.moment(soldOutAt - Self.endTold)), and the line was "
                        + "\(line.phase.rawValue) at \(moment):\n\(timeline([exchange]))")
            }
        }
        for exchange in history.exchanges
        where exchange.endpoint == .checkout && exchange.reason == .waitingRoom && exchange.sent > soldOutAt
            && exchange.answered < firstFault
        {
            breaches.append("all was sold, and a buyer was told to wait:\n\(timeline([exchange]))")
        }
        return Finding(
            "end_is_true_and_told", "Q7", "a line's \"sold out\" is true, and told within a second", breaches: breaches)
    }

    /// A second after the purchase that sold the last unit; never if not all are known to be sold.
    private var soldOutAt: Int64 {
        let sale = history.sale
        let units = sale.scarce.values.reduce(sale.itemCount * sale.stock) { $0 - (sale.stock - $1) }
        let purchases = acknowledged.map(\.purchase)
        guard purchases.reduce(0, { $0 + $1.soldItems.count }) >= units else { return .max }
        return purchases.map(\.answered).max().map { $0 + Self.endTold } ?? .max
    }
}
