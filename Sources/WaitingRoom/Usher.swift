// Decides how many numbers to call. Pure: what is known in, one step out.
//
//     step = min(R·Δt, κ·free/w − pending) / s, at most 20·R·Δt
//
// R is the pace, in buyers a second, which the service bears. κ·free/w is how many carts the free units fill, with a
// little over for those who leave empty-handed. Pending are those who were called a moment ago and are still expected.
// All three count buyers that come; s, the share of the called who come, turns them into numbers.

internal import Glibc

/// What the usher knows of a sale at one moment.
public struct UsherView: Hashable, Sendable {
    public var called: Int32
    /// The highest number that there is.
    public var lastNumber: Int32
    public var free: Int
    /// How many units fill a cart.
    public var unitsPerCart: Double
    /// The cohorts of the last minutes, oldest first.
    public var cohorts: [Cohort]
    /// The cohort that is being called.
    public var index: Int32
    public var pace: Double
    /// Whether an operator has fixed the pace.
    public var isPaceFixed: Bool
    public var share: Double
    /// How many checkouts instances have refused because they were overloaded, and whether there are new ones since the
    /// last step.
    public var sheds: Int64
    public var isShedding: Bool
    /// The time since the last step, and since the last one that called somebody.
    public var sinceStep: Duration
    public var sinceCall: Duration

    public init(
        called: Int32, lastNumber: Int32, free: Int, unitsPerCart: Double, cohorts: [Cohort], index: Int32,
        pace: Double, isPaceFixed: Bool = false, share: Double, sheds: Int64 = 0, isShedding: Bool = false,
        sinceStep: Duration, sinceCall: Duration
    ) {
        self.called = called
        self.lastNumber = lastNumber
        self.free = free
        self.unitsPerCart = unitsPerCart
        self.cohorts = cohorts
        self.index = index
        self.pace = pace
        self.isPaceFixed = isPaceFixed
        self.share = share
        self.sheds = sheds
        self.isShedding = isShedding
        self.sinceStep = sinceStep
        self.sinceCall = sinceCall
    }
}

/// What the usher does, and what it goes by. The audit computes the step again from these figures.
public struct UsherStep: Hashable, Sendable {
    /// How many numbers it calls.
    public var step: Int32
    public var pace: Double
    public var share: Double
    public var unitsPerCart: Double
    public var pending: Double
    public var seconds: Double
    /// Whether free units have waited for so long that somebody is called although the expected would take them all.
    public var isNudge: Bool

    public init(
        step: Int32, pace: Double, share: Double, unitsPerCart: Double, pending: Double, seconds: Double, isNudge: Bool
    ) {
        self.step = step
        self.pace = pace
        self.share = share
        self.unitsPerCart = unitsPerCart
        self.pending = pending
        self.seconds = seconds
        self.isNudge = isNudge
    }
}

/// The rule by which numbers are called.
public enum Usher {
    /// The pace at which a line begins, in buyers a second.
    public static let firstPace = 200.0
    /// The bounds of the pace that the usher finds.
    static let paces = 10.0...100_000
    /// How much faster the pace may be a second later.
    static let growth = 1.05
    /// How much slower it is after a second in which an instance sheds.
    static let retreat = 0.7
    /// κ: how many more carts than the free units fill.
    static let surplus = 1.1
    /// The least share of the called that is reckoned to come, so that a line of absentees is not called at once.
    static let shareMin = 0.05
    /// The share is 1 at first. So many buyers that came stand for that until there are figures.
    static let shareWeight = 20.0
    /// The longest time that one step makes up for. After an outage a line is not called in one go.
    static let secondsMax = 0.5
    /// How long free units wait for those who are expected, before one more is called.
    static let nudgeAfter = Duration.seconds(1)

    public static func step(_ view: UsherView) -> UsherStep {
        let seconds = min(max(0, view.sinceStep / .seconds(1)), Self.secondsMax)
        let share = share(view)
        let pending = Self.pending(view.cohorts, index: view.index, share: share)
        let byPace = view.pace * seconds
        let byStock = Self.surplus * Double(view.free) / view.unitsPerCart - pending
        let isLongLine = Double(view.lastNumber - view.called) >= byPace / share
        var result = UsherStep(
            step: 0, pace: pace(view, isLimit: byPace <= byStock && isLongLine, seconds: seconds), share: share,
            unitsPerCart: view.unitsPerCart, pending: pending, seconds: seconds, isNudge: false)
        guard view.free > 0, seconds > 0 else { return result }
        var buyers = min(byPace, byStock)
        // Where the last call is to come, the clock was set back since.
        if buyers <= 0, view.sinceCall >= Self.nudgeAfter || view.sinceCall < .zero {
            result.isNudge = true
            buyers = 1
        }
        let bound = max(1, byPace / Self.shareMin)
        let numbers = min((max(0, buyers) / share).rounded(.up), bound.rounded(.up))
        result.step = Int32(min(numbers, Double(max(0, view.lastNumber - view.called))))
        return result
    }

    /// The pace grows while it alone holds the line back, and falls while an instance sheds.
    private static func pace(_ view: UsherView, isLimit: Bool, seconds: Double) -> Double {
        if view.isPaceFixed { return view.pace }
        let factor = view.isShedding ? Self.retreat : isLimit ? Self.growth : 1
        let pace = view.pace * pow(factor, seconds)
        return min(max(pace, Self.paces.lowerBound), Self.paces.upperBound)
    }

    private static func share(_ view: UsherView) -> Double {
        let mature = view.cohorts.filter { Self.isMature($0, at: view.index) }
        let called = mature.reduce(0) { $0 + Double($1.called) }
        guard called > 0 else { return view.share }
        let shown = mature.reduce(0) { $0 + Double($1.shown) }
        return min(max((shown + Self.shareWeight) / (called + Self.shareWeight), Self.shareMin), 1)
    }

    /// How many of those who were called lately are still expected.
    static func pending(_ cohorts: [Cohort], index: Int32, share: Double) -> Double {
        cohorts.filter { !isMature($0, at: index) }
            .reduce(0) { $0 + max(0, Double($1.called) * share - Double($1.shown)) }
    }

    /// Whether those who come at all have come.
    private static func isMature(_ cohort: Cohort, at index: Int32) -> Bool {
        Int(index - cohort.index) * Cohort.seconds > Cohort.patienceSeconds
    }
}
