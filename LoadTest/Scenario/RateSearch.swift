// Finds the highest rate at which something holds, from trials at one rate each. Pure: verdicts in, rates out.

/// Doubles the rate until it does not hold, then halves the gap between the best that held and the least that did not.
struct RateSearch: Sendable {
    /// The gap between both that is narrow enough, as a ratio.
    static let precision = 1.05
    /// A service that does not hold this many a second has no rate.
    static let rateMin = 1.0

    private let first: Double
    /// The highest rate that held; nil before one did.
    private(set) var held: Double?
    /// The lowest rate that did not hold; nil before one did not.
    private(set) var failed: Double?

    init(from first: Double) {
        self.first = first
    }

    /// The rate of the next trial; nil if the search is over.
    var next: Double? {
        switch (held, failed) {
        case (nil, nil): first
        case (let held?, nil): held < Scenario.rateMax ? min(held * 2, Scenario.rateMax) : nil
        case (nil, let failed?): failed > Self.rateMin ? max(failed / 2, Self.rateMin) : nil
        case (let held?, let failed?): failed / held > Self.precision ? (held * failed).squareRoot() : nil
        }
    }

    mutating func note(_ holds: Bool, at rate: Double) {
        if holds { held = rate } else { failed = rate }
    }
}
