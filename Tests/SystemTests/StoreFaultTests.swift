// Faults while buyers are at work: each once and with a fixed seed in every run, for as long as asked by `make chaos`.

import FlashSaleTesting
import Foundation
import Testing

extension SystemTests {
    @Suite("A fault while buyers are at work")
    struct StoreFaultTests {
        @Test("Nothing promised is lost, nobody waits past the deadline, and the stores agree", arguments: short)
        func fault(_ fault: StoreFault) async throws {
            do {
                Self.show(try await FaultTrial.run(fault, seed: 1))
            } catch let error as MissingProp {
                try Test.cancel("\(error.why)")
            }
        }

        @Test("A schedule of faults, drawn by a seed", .enabled(if: minutes > 0))
        func chaos() async throws {
            let chosen = try Self.chosen()
            let end = ContinuousClock.now + .seconds(45 * Self.minutes)
            var seed = Self.seed
            var table = FaultTable()
            repeat {
                // Every fault once, in an order of the seed's. What fails says its seed, and fails again first with it.
                var generator = SeededGenerator(seed)
                for fault in chosen.shuffled(using: &generator) where ContinuousClock.now + Self.trialMax < end {
                    do {
                        let trial = try await FaultTrial.run(fault, seed: seed)
                        Self.show(trial)
                        table.add(trial)
                    } catch let error as MissingProp {
                        print("· \(fault.rawValue) is left out: \(error.why)")
                    } catch {
                        // The trial has said why it failed; the others go on.
                    }
                }
                seed += 1
            } while ContinuousClock.now + Self.trialMax < end
            print(table.text)
        }

        @Test("One service that outlives fault after fault takes no more memory", .enabled(if: minutes > 0))
        func memory() async throws {
            _ = try Self.chosen()
            let readings = try await FaultSoak.run(for: .seconds(15 * Self.minutes), seed: Self.seed)
            print("· memory after each round, in MiB: \(readings.map { $0 >> 20 })")
            // The first rounds warm it up.
            let (warm, last) = (try #require(readings.dropFirst().first), try #require(readings.last))
            #expect(Double(last) <= Double(warm) * 1.1, "memory grew with seed \(Self.seed)")
        }

        /// Prints at once, unless `swift test` keeps it back.
        private static func show(_ trial: FaultTrial) {
            let recovery = FaultTable.milliseconds(trial.recovery)
            print("· \(trial.fault.rawValue) with seed \(trial.seed): recovered after \(recovery) ms")
            fflush(nil)
        }

        private static let environment = ProcessInfo.processInfo.environment
        private static let minutes = environment["CHAOS_MINUTES"].flatMap { Int($0) } ?? 0
        private static let seed = environment["SEED"].flatMap { UInt64($0) } ?? 1
        /// What a fault may take from its stores' start to their end: none begins when less time is left.
        private static let trialMax = Duration.seconds(20)

        /// The faults that were asked for by name; all if none was.
        private static func chosen() throws -> [StoreFault] {
            let names = (environment["FAULTS"] ?? "").split(separator: ",").map(String.init)
            let unknown = names.filter { StoreFault(rawValue: $0) == nil }
            let known = StoreFault.allCases.map(\.rawValue).joined(separator: ", ")
            try #require(unknown.isEmpty, "there is no fault \(unknown.joined(separator: ", ")) among \(known)")
            return names.isEmpty ? StoreFault.allCases : names.compactMap(StoreFault.init)
        }

        /// A long run has them all in its schedule.
        private static let short = minutes > 0 ? [] : (try? chosen()) ?? StoreFault.allCases
    }
}
