// A sale's log, as far as promises depend on it: how many units each item had, how many a buyer could have, whether
// buyers could check out and purchase, and when.

/// The terms of a sale from its creation on. Moments are nanoseconds from the run's start.
package struct SaleLog: Hashable, Sendable {
    /// The terms that an operator can change.
    package struct Terms: Hashable, Sendable {
        /// Units of each item.
        var stock: Int
        /// Units that a buyer may have.
        var limit: Int
        /// Whether nobody can check out.
        var isPaused = false
        /// Whether nobody can purchase either.
        var arePurchasesPaused = false
        var starts = Int64.min
        var ends = Int64.max
    }

    private struct Step: Hashable {
        let from: Int64
        let terms: Terms
        let isByHand: Bool
    }

    private let first: Terms
    /// In their order.
    private var steps: [Step] = []

    package init(_ first: Terms) {
        self.first = first
    }

    /// - Parameter isByHand: whether it was changed in SQL, without the service's function.
    mutating func add(_ terms: Terms, from: Int64, isByHand: Bool = false) {
        guard terms != now else { return }
        steps.append(Step(from: from, terms: terms, isByHand: isByHand))
    }

    private var now: Terms { steps.last?.terms ?? first }

    /// The units of each item now.
    var stockNow: Int { now.stock }

    /// The most that a buyer could ever have.
    var limitMax: Int { steps.map(\.terms.limit).reduce(first.limit, max) }

    /// The least that a buyer could ever have.
    var limitMin: Int { steps.map(\.terms.limit).reduce(first.limit, min) }

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

    // MARK: - Acts

    /// A time in which something was so.
    struct Span {
        let from: Int64
        let until: Int64
        /// How long after it an instance may still tell it.
        let echoMax: Int64
    }

    /// How soon every instance has heard of an act, and of a change by hand.
    private static let heard: Int64 = 250_000_000
    private static let heardByHand: Int64 = 5_000_000_000

    /// When nobody could check out, or purchase, because the sale was paused.
    func pauses(ofPurchases: Bool) -> [Span] {
        spans.filter { ofPurchases ? $1.arePurchasesPaused : $1.isPaused }.map(\.0)
    }

    /// When the sale was not on: before its start and from its end on.
    var rests: [Span] {
        spans.flatMap { span, terms in
            [
                Span(from: span.from, until: min(span.until, terms.starts), echoMax: span.echoMax),
                Span(from: max(span.from, terms.ends), until: span.until, echoMax: span.echoMax),
            ]
        }.filter { $0.from < $0.until }
    }

    private var spans: [(Span, Terms)] {
        var (from, terms) = (Int64.min, first)
        var spans: [(Span, Terms)] = []
        for step in steps {
            let echoMax = step.isByHand ? Self.heardByHand : Self.heard
            spans.append((Span(from: from, until: step.from, echoMax: echoMax), terms))
            (from, terms) = (step.from, step.terms)
        }
        return spans + [(Span(from: from, until: .max, echoMax: 0), terms)]
    }
}
