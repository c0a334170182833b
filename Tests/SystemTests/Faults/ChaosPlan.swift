// The plan of `make chaos`: faults, seeds, time limit and width.

import Foundation
import Textbook

struct ChaosPlan: Sendable {
    /// One fault to be tried with one seed.
    typealias Entry = (fault: StoreFault, seed: UInt64)

    let faults: [StoreFault]
    let firstSeed: UInt64
    /// The number of seeds for every fault; nil for as many as the time allows.
    let seeds: Int?
    /// How long all of it may take; zero where the seeds are counted.
    let duration: Duration
    /// How many faults are tried at a time, each with stores and services of its own.
    let width: Int

    /// Each seed has every fault once, in an order of its own, so a failure with a seed can be repeated with it alone.
    func entries(until end: ContinuousClock.Instant) -> some Sequence<Entry> {
        let seeds = (0...).lazy.prefix(seeds ?? .max).map { firstSeed &+ UInt64($0) }
        let entries = seeds.flatMap { seed in
            var generator = SplitMix64(seed: seed)
            return faults.shuffled(using: &generator).map { (fault: $0, seed: seed) }
        }
        return entries.prefix { _ in self.seeds != nil || ContinuousClock.now + Self.trialMax < end }
    }

    /// The longest time of a trial with its stores: no trial begins when less time is left.
    private static let trialMax = Duration.seconds(20)
}

extension ChaosPlan {
    /// The plan from the Makefile's variables; nil in an ordinary run of the tests.
    static let asked: ChaosPlan? = {
        let (seeds, minutes) = (number("CHAOS_SEEDS") ?? 0, number("CHAOS_MINUTES") ?? 0)
        guard seeds > 0 || minutes > 0 else { return nil }
        return ChaosPlan(
            faults: faults, firstSeed: number("SEED").map(UInt64.init) ?? 1, seeds: seeds > 0 ? seeds : nil,
            duration: .seconds(60 * minutes), width: max(number("CHAOS_WIDTH") ?? 1, 1))
    }()

    /// The plan of an ordinary run: each fault once.
    static let short = ChaosPlan(faults: faults, firstSeed: 1, seeds: 1, duration: .zero, width: 3)

    /// The faults that were asked for by name; all if none was.
    private static let faults = names.isEmpty ? StoreFault.allCases : names.compactMap(StoreFault.init)
    /// Names that no fault has.
    static let unknownFaults = names.filter { StoreFault(rawValue: $0) == nil && RoomFault(rawValue: $0) == nil }
    /// Those of a line, by the same names; all if none was asked for.
    static let roomFaults = names.isEmpty ? RoomFault.allCases : names.compactMap(RoomFault.init)

    private static let environment = ProcessInfo.processInfo.environment
    private static let names = (environment["FAULTS"] ?? "").split(separator: ",").map(String.init)

    private static func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
}
