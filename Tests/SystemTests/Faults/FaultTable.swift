// The table of docs/FAULTS.md: the results of each fault over all seeds.

struct FaultTable: Sendable {
    /// The result of a trial.
    enum Attempt: Sendable {
        case finished(FaultTrial)
        /// It did not come to its judgement.
        case failed
        /// This machine does not have what it needs.
        case leftOut
    }

    private var trials: [StoreFault: [FaultTrial]] = [:]
    /// How many trials of each did not come to their end, or broke a promise.
    private var failures: [StoreFault: Int] = [:]

    mutating func add(_ attempt: Attempt, of fault: StoreFault) {
        switch attempt {
        case .finished(let trial):
            trials[fault, default: []].append(trial)
            failures[fault, default: 0] += trial.breaches.isEmpty ? 0 : 1
        case .failed: failures[fault, default: 0] += 1
        case .leftOut: break
        }
    }

    /// In Markdown.
    var text: String {
        let heading = [
            "fault", "seeds", "failed", "requests", "acknowledged", "503", "unknown", "slowest ms",
            "recovery ms: median", "worst",
        ]
        let rows = [heading, heading.map { _ in "---" }] + StoreFault.allCases.compactMap(row)
        return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    private func row(_ fault: StoreFault) -> [String]? {
        guard let failures = failures[fault] else { return nil }
        let trials = trials[fault] ?? []
        let recoveries = trials.map(\.recovery).sorted()
        let numbers = [
            trials.count, failures, Self.sum(trials, \.requests), Self.sum(trials, \.acknowledged),
            Self.sum(trials, \.unavailable), Self.sum(trials, \.unknown),
            Self.milliseconds(trials.map(\.tally.slowest).max() ?? .zero),
            Self.milliseconds(recoveries.isEmpty ? .zero : recoveries[recoveries.count / 2]),
            Self.milliseconds(recoveries.last ?? .zero),
        ]
        return ["`\(fault.rawValue)`"] + numbers.map(String.init)
    }

    private static func sum(_ trials: [FaultTrial], _ count: KeyPath<Rush.Tally, Int>) -> Int {
        trials.reduce(0) { $0 + $1.tally[keyPath: count] }
    }

    static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }
}
