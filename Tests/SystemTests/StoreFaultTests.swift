// Faults while buyers are at work: each once and with a fixed seed in every run, for as long as asked by `make chaos`.

import Foundation
import Testing

extension SystemTests {
    @Suite("A fault while buyers are at work")
    struct StoreFaultTests {
        @Test("Nothing promised is lost, nobody waits past the deadline, and the stores agree", arguments: short)
        func fault(_ fault: StoreFault) async throws {
            Self.show(try await FaultTrial.run(fault, seed: 1).row)
        }

        @Test("A schedule of faults, drawn by a seed", .enabled(if: minutes > 0))
        func chaos() async throws {
            let end = ContinuousClock.now + .seconds(60 * Self.minutes)
            var seed = Self.seed
            Self.show(FaultTrial.heading)
            repeat {
                // Every fault once, in an order of the seed's. What fails says its seed, and fails again first with it.
                var generator = SeededGenerator(seed)
                for fault in Self.chosen.shuffled(using: &generator) where ContinuousClock.now < end {
                    Self.show(try await FaultTrial.run(fault, seed: seed).row)
                }
                seed += 1
            } while ContinuousClock.now < end
        }

        /// Prints at once, unless `swift test` keeps it back.
        private static func show(_ line: String) {
            print(line)
            fflush(nil)
        }

        private static let environment = ProcessInfo.processInfo.environment
        private static let minutes = environment["CHAOS_MINUTES"].flatMap { Int($0) } ?? 0
        private static let seed = environment["SEED"].flatMap { UInt64($0) } ?? 1
        private static let chosen: [StoreFault] = {
            let names = (environment["FAULTS"] ?? "").split(separator: ",")
            let chosen = names.map { name in
                guard let fault = StoreFault(rawValue: String(name)) else {
                    preconditionFailure("there is no fault \(name): \(StoreFault.allCases.map(\.rawValue))")
                }
                return fault
            }
            return chosen.isEmpty ? StoreFault.allCases : chosen
        }()
        /// A long run has them all in its schedule.
        private static let short = minutes > 0 ? [] : chosen
    }
}
