// What the answers of a run prove of a line: which ticket has which number, and how many were called by when.

/// A line, as its buyers saw it.
package struct LineBook {
    /// A ticket is worth something to its buyer alone.
    struct Key: Hashable {
        var buyer: UInt32
        var ticket: String
    }

    /// A ticket that the service gave to its buyer.
    struct Ticket {
        /// The request that it answered.
        let joined: History.Exchange
        /// The answers to all that asked with it, in the order of the requests.
        var answers: [History.Exchange] = []
        /// The first number that was told for it.
        var number: Int32? { answers.lazy.compactMap { $0.place?.number }.first }
    }

    private(set) var tickets: [Key: Ticket] = [:]
    /// When it was proven that so many are called, each more than the one before.
    private let proofs: [(at: Int64, called: Int32)]

    package init(_ history: History) {
        for exchange in history.exchanges where exchange.endpoint == .queue && exchange.outcome == .won {
            guard let ticket = exchange.place?.ticket else { continue }
            let key = Key(buyer: exchange.buyer, ticket: ticket)
            if exchange.ticket == nil { tickets[key] = Ticket(joined: exchange) }
            tickets[key]?.answers.append(exchange)
        }
        let told =
            history.exchanges.compactMap { exchange in
                exchange.place?.calledAtLeast.map { (at: exchange.answered, called: $0) }
            } + history.lines.compactMap { line in line.called.map { (at: line.at, called: $0) } }
        var proofs: [(at: Int64, called: Int32)] = []
        for proof in told.sorted(by: { $0.at < $1.at }) where proof.called > proofs.last?.called ?? 0 {
            proofs.append(proof)
        }
        self.proofs = proofs
    }

    /// The ticket that a request showed, if the service had given it to this buyer.
    func shown(by exchange: History.Exchange) -> Ticket? {
        exchange.ticket.flatMap { tickets[Key(buyer: exchange.buyer, ticket: $0)] }
    }

    /// How many are known to have been called by a moment.
    func called(by moment: Int64) -> Int32 {
        let count = proofs.partitioningIndex { $0.at > moment }
        return count > 0 ? proofs[count - 1].called : 0
    }

    /// When a number was known to be called; nil if it never was.
    func moment(of number: Int32) -> Int64? {
        let index = proofs.partitioningIndex { $0.called >= number }
        return index < proofs.count ? proofs[index].at : nil
    }

    /// A wait, as it was told and as it was. In seconds.
    package struct Wait: Hashable, Sendable {
        /// When it was told, from the start of the run.
        package var at: Double
        package var low: Double
        package var high: Double
        package var truth: Double
    }

    /// The waits that were told to buyers that were called in the end, in the order in which they were told.
    package var waits: [Wait] {
        tickets.values.flatMap { ticket -> [Wait] in
            guard let number = ticket.number, let called = moment(of: number) else { return [] }
            return ticket.answers.compactMap { answer in
                guard let place = answer.place, !place.isCalled, let low = place.low, let high = place.high else {
                    return nil
                }
                return Wait(
                    at: Double(answer.answered) / 1e9, low: Double(low), high: Double(high),
                    truth: Double(max(0, called - answer.answered)) / 1e9)
            }
        }.sorted { $0.at < $1.at }
    }
}

extension Array {
    /// The index of the first element that belongs to the second part; all before it belong to the first.
    func partitioningIndex(_ isInSecond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isInSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
