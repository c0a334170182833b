// Faults while buyers are at work: each once with one seed in every run, and with many seeds by `make chaos`.

import Foundation
import Testing

extension SystemTests {
    @Suite("A fault while buyers are at work")
    struct StoreFaultTests {
        @Test("Every requested name is a fault")
        func names() {
            let known = StoreFault.allCases.map(\.rawValue).joined(separator: ", ")
            #expect(ChaosPlan.unknownFaults.isEmpty, "the faults are \(known)")
        }

        @Test("Whatever breaks, no promise is lost, no request waits past its deadline, and the stores agree")
        func faults() async {
            let plan = ChaosPlan.asked ?? .short
            // A quarter of the time is for the service that outlives the faults.
            var entries = plan.entries(until: .now + plan.duration * 3 / 4).makeIterator()
            var table = FaultTable()
            await withTaskGroup(of: (StoreFault, FaultTable.Attempt).self) { group in
                var running = 0
                while !Task.isCancelled {
                    if running == plan.width, let (fault, attempt) = await group.next() {
                        table.add(attempt, of: fault)
                        running -= 1
                    }
                    guard let entry = entries.next() else { break }
                    group.addTask { (entry.fault, await Self.attempt(entry)) }
                    running += 1
                }
                for await (fault, attempt) in group { table.add(attempt, of: fault) }
            }
            print(table.text)
        }

        @Test("One service that outlives fault after fault takes no more memory", .enabled(if: ChaosPlan.asked != nil))
        func memory() async throws {
            let plan = try #require(ChaosPlan.asked)
            let readings = try await FaultSoak.run(for: plan.duration / 4, seed: plan.firstSeed)
            print("· memory after each round, in MiB: \(readings.map { $0 >> 20 })")
            // The first rounds warm it up.
            let (warm, last) = (try #require(readings.dropFirst().first), try #require(readings.last))
            #expect(Double(last) <= Double(warm) * 1.1, "memory grew with seed \(plan.firstSeed)")
        }

        private static func attempt(_ entry: ChaosPlan.Entry) async -> FaultTable.Attempt {
            do {
                let trial = try await FaultTrial.run(entry.fault, seed: entry.seed)
                show(trial)
                return .finished(trial)
            } catch let error as MissingProp {
                print("· \(entry.fault.rawValue) is left out: \(error.why)")
                return .leftOut
            } catch {
                // The others go on.
                Issue.record("\(entry.fault.rawValue) with seed \(entry.seed) did not come to its end: \(error)")
                return .failed
            }
        }

        /// Prints at once, unless `swift test` keeps it back.
        private static func show(_ trial: FaultTrial) {
            let recovery = FaultTable.milliseconds(trial.recovery)
            let verdict = trial.breaches.isEmpty ? "" : ", with \(trial.breaches.count) breaches"
            let what = "recovered after \(recovery) ms\(verdict); \(trial.tally.summary)"
            print("· \(trial.fault.rawValue) with seed \(trial.seed): \(what)")
            fflush(nil)
        }
    }
}
