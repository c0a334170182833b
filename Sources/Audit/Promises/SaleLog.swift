// A sale's log, as far as promises depend on it: how many units each item had, how many a buyer could have, and when.

/// The terms of a sale from its creation on.
package struct SaleLog: Hashable, Sendable {
    /// The terms that an operator can change.
    package struct Terms: Hashable, Sendable {
        /// Units of each item.
        var stock: Int
        /// Units that a buyer may have.
        var limit: Int
    }

    private struct Step: Hashable {
        /// In nanoseconds from the run's start.
        let from: Int64
        let terms: Terms
    }

    private let first: Terms
    /// In their order.
    private var steps: [Step] = []

    package init(_ first: Terms) {
        self.first = first
    }

    mutating func add(_ terms: Terms, from: Int64) { steps.append(Step(from: from, terms: terms)) }

    /// The units of each item now.
    var stockNow: Int { (steps.last?.terms ?? first).stock }

    /// The most that a buyer could ever have.
    var limitMax: Int { steps.map(\.terms.limit).reduce(first.limit, max) }

    /// Whether items once had fewer units than later: that one was sold out then says nothing of the end.
    var wasRestocked: Bool {
        zip([first] + steps.map(\.terms), steps).contains { $0.stock < $1.terms.stock }
    }

    func stock(at moment: Int64) -> Int { (steps.last { $0.from <= moment }?.terms ?? first).stock }

    /// The moments of the time span at which the stock may have fallen.
    func changes(from: Int64, until: Int64) -> [Int64] {
        steps.map(\.from).filter { $0 > from && $0 < until }
    }

    /// The stocks that items had in the time span.
    func stocks(from: Int64, until: Int64) -> [Int] {
        ([from] + changes(from: from, until: until)).map(stock)
    }
}
