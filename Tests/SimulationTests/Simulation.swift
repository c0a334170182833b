// Drives decisions without I/O by a seed, in simulated time, through orders of events that a real run seldom meets.

import Foundation
import Textbook

/// Something that goes through one event at a time and checks its invariants.
protocol World {
    /// - Parameter flaw: the guard that is missing; nil for none.
    init(_ generator: inout SplitMix64, flaw: Flaw?)

    /// One event, chosen by the generator.
    ///
    /// - Throws: `Breach` if an invariant does not hold.
    mutating func step(_ generator: inout SplitMix64) async throws

    /// The end: everything under way comes to its end, and then nothing may be left over.
    mutating func finish(_ generator: inout SplitMix64) async throws
}

/// An invariant that does not hold.
struct Breach: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs worlds. The same seed gives the same run.
enum Simulation {
    /// The steps of one world: few enough to try its beginning and its end often.
    private static let stepsPerWorld = 2_000

    /// - Throws: `Breach` with the world's seed and the step, to run it again.
    static func run<W: World>(_ world: W.Type, seed: UInt64, steps: Int, flaw: Flaw? = nil) async throws {
        let start = ContinuousClock.now
        var left = steps
        var worldSeed = seed
        while left > 0 {
            try Task.checkCancellation()
            try await runOne(world, seed: worldSeed, steps: min(left, stepsPerWorld), flaw)
            left -= stepsPerWorld
            worldSeed &+= 1
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        let rate = Double(steps) / max(seconds, 1e-9) * 60 / 1e6
        print(String(format: "%@: %d steps in %.1f s, %.1f million a minute", "\(world)", steps, seconds, rate))
    }

    private static func runOne<W: World>(_: W.Type, seed: UInt64, steps: Int, _ flaw: Flaw?) async throws {
        var generator = SplitMix64(seed: seed)
        var world = W(&generator, flaw: flaw)
        var step = 0
        do {
            while step < steps {
                try Task.checkCancellation()
                try await world.step(&generator)
                step += 1
            }
            try await world.finish(&generator)
        } catch {
            throw Breach("\(W.self), seed \(seed), step \(step): \(error)")
        }
    }
}

/// Requires something in a world.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
    guard condition else { throw Breach(sentence()) }
}
