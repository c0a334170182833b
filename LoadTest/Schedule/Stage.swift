// A stretch of the schedule over which the rate of arrivals moves in a straight line. All shapes are lists of these.

import Glibc

/// A number of seconds, from one rate to another in arrivals a second.
struct Stage: Hashable, Codable, Sendable {
    var seconds: Double
    var from: Double
    var to: Double

    /// The expected number of arrivals.
    var total: Double { seconds * (from + to) / 2 }

    /// The time after its beginning at which it expects a number of arrivals, from 0 to `total`.
    func moment(of count: Double) -> Double {
        let growth = (to - from) / (2 * seconds)
        // The root of growth·t² + from·t = count, in the form that loses no digits if growth is small.
        let divisor = from + max(0, from * from + 4 * growth * count).squareRoot()
        return divisor > 0 ? min(seconds, 2 * count / divisor) : 0
    }

    static func constant(_ rate: Double, seconds: Double) -> [Stage] {
        [Stage(seconds: seconds, from: rate, to: rate)]
    }

    static func ramp(from: Double, to: Double, seconds: Double) -> [Stage] {
        [Stage(seconds: seconds, from: from, to: to)]
    }

    static func steps(_ rates: [Double], secondsEach: Double) -> [Stage] {
        rates.flatMap { constant($0, seconds: secondsEach) }
    }

    /// A sale's start: waiting buyers press the button within a tenth of a second. The others come after them, fewer
    /// every second, until the rate is at its base again.
    static func spike(base: Double, peak: Double, seconds: Double) -> [Stage] {
        let rise = min(0.1, seconds / 4)
        let fall = seconds - rise
        let pieces = 8
        func rate(_ piece: Int) -> Double {
            piece == pieces ? base : base + (peak - base) * exp(-4 * Double(piece) / Double(pieces))
        }
        return [Stage(seconds: rise, from: base, to: peak)]
            + (0..<pieces).map { Stage(seconds: fall / Double(pieces), from: rate($0), to: rate($0 + 1)) }
    }
}
