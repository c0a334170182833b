// What a line may be told of its future: a range, or nothing. Pure.

internal import FlashSale
internal import Glibc

/// How fast a line moved, and how long a buyer in it waits.
///
/// A wait is known as far as the free units reach. The usher's pace alone decides there, from the first second on: it
/// grows by 5 % a second at most, and the share that comes may turn out smaller than it is reckoned, which calls more
/// numbers a second. Behind the last free unit a wait depends on how many give up what they hold. No pace of the past
/// says that: a line slows down as soon as its units are taken. So nothing is told.
public struct QueueForecast: Hashable, Sendable {
    /// The cohorts of the minute from which the pace follows.
    private static let cohortsPerMinute: Int32 = 12
    /// The part of the free units that is sure to be left for the line.
    private static let reach = 0.9
    /// How much longer than at the pace of now a wait may take: an instance may shed.
    private static let patience = (factor: 1.5, seconds: 2.0)

    private let state: QueueState
    /// The cohort that is being called.
    private let index: Int32

    public init(of state: QueueState, index: Int32) {
        self.state = state
        self.index = index
    }

    /// Numbers called a second over the last minute; nil before a minute has passed.
    public var pace: Double? {
        guard index >= Self.cohortsPerMinute else { return nil }
        // The cohort that is being called is not over, so it does not count.
        let minute = index - Self.cohortsPerMinute..<index
        let called = state.cohorts.filter { minute.contains($0.index) }.reduce(0) { $0 + Double($1.called) }
        return called / Double(Self.cohortsPerMinute * Int32(Cohort.seconds))
    }

    /// How many seconds a buyer waits behind so many numbers: a range that holds nine times in ten at least. Nil if
    /// nobody knows.
    public func wait(ahead: Int) -> ClosedRange<Int>? {
        let (pace, share, numbers) = (state.usher.pace, state.usher.share, Double(ahead + 1))
        let pending = Usher.pending(state.cohorts, index: index, share: share)
        let buyers = Double(state.stock.free) / state.unitsPerCart - pending
        guard numbers * share <= buyers * Self.reach else { return nil }
        let growth = log(Usher.growth)
        let low = log(1 + numbers * growth * leastShare / pace) / growth
        let high = numbers * share / pace * Self.patience.factor + Self.patience.seconds
        return Int(low)...max(Int(low), Int(high.rounded(.up)))
    }

    /// The share of those who come, if nobody comes any more of those who were called and have not come yet.
    private var leastShare: Double {
        let former = state.cohorts.filter { $0.index < index }
        let called = former.reduce(0) { $0 + Double($1.called) }
        let shown = former.reduce(0) { $0 + Double($1.shown) }
        let least = (shown + Usher.shareWeight) / (called + Usher.shareWeight)
        return max(Usher.shareMin, min(state.usher.share, least))
    }

    /// Whether those ahead are likely to take all that is left.
    public func isLikelySoldOut(ahead: Int) -> Bool {
        let left = state.stock.free + state.stock.held
        return Double(ahead) * state.usher.share * state.unitsPerCart > Double(left)
    }
}
