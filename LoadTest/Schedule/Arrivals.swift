// The arrivals of an open loop: buyers come by a schedule, not when the last one got its answer. A pure function of
// stages, kind and seed: the target cannot delay an arrival, so it cannot hide its own delays.

import Textbook

/// The moments of a schedule in order, in nanoseconds from its start.
struct Arrivals: IteratorProtocol, Sequence, Sendable {
    /// How arrivals spread over the rate.
    enum Spread: String, CaseIterable, Sendable {
        /// At even distances, by the rate.
        case even
        /// A Poisson process: independent of each other, like people.
        case poisson
    }

    private let stages: [Stage]
    private let spread: Spread
    private var random: SplitMix64
    private let share: (lane: Int, lanes: Int)

    private var stage = 0
    /// Seconds and expected arrivals before the present stage.
    private var begin = (seconds: 0.0, count: 0.0)
    /// The expected arrivals up to the next one.
    private var count = 0.0
    private var index = 0

    /// - Parameter lane: the one of `lanes` that takes these arrivals. All lanes together have the arrivals of a single
    ///   lane.
    init(_ stages: [Stage], spread: Spread, seed: UInt64, lane: Int = 0, of lanes: Int = 1) {
        self.stages = stages
        self.spread = spread
        random = SplitMix64(seed: seed, stream: 0xA221_7A15)
        share = (lane, lanes)
        if spread == .poisson { count = random.exponential() }
    }

    mutating func next() -> Int64? {
        while let moment = nextOfAll() {
            let isOurs = index % share.lanes == share.lane
            index += 1
            if isOurs { return moment }
        }
        return nil
    }

    private mutating func nextOfAll() -> Int64? {
        while stage < stages.count {
            let present = stages[stage]
            if count - begin.count < present.total {
                let seconds = begin.seconds + present.moment(of: count - begin.count)
                count += spread == .poisson ? random.exponential() : 1
                return Int64(seconds * 1e9)
            }
            begin.seconds += present.seconds
            begin.count += present.total
            stage += 1
        }
        return nil
    }
}
