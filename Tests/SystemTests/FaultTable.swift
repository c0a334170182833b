// The table of docs/FAULTS.md: what was seen of each fault over all seeds.

struct FaultTable: Sendable {
    private var trials: [StoreFault: [FaultTrial]] = [:]

    mutating func add(_ trial: FaultTrial) {
        trials[trial.fault, default: []].append(trial)
    }

    /// In Markdown. The Makefile finds its lines by their first character.
    var text: String {
        let heading = """
            | fault | seeds | requests | acknowledged | 503 | unknown | slowest ms | recovery ms: median | worst |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            """
        return ([heading] + StoreFault.allCases.compactMap(row)).joined(separator: "\n")
    }

    private func row(_ fault: StoreFault) -> String? {
        guard let trials = trials[fault] else { return nil }
        let recoveries = trials.map(\.recovery).sorted()
        let columns: [Any] = [
            "`\(fault.rawValue)`", trials.count, Self.sum(trials, \.requests), Self.sum(trials, \.acknowledged),
            Self.sum(trials, \.unavailable), Self.sum(trials, \.unknown),
            Self.milliseconds(trials.map(\.tally.slowest).max() ?? .zero),
            Self.milliseconds(recoveries[recoveries.count / 2]), Self.milliseconds(recoveries[recoveries.count - 1]),
        ]
        return "| " + columns.map { "\($0)" }.joined(separator: " | ") + " |"
    }

    private static func sum(_ trials: [FaultTrial], _ count: KeyPath<Rush.Tally, Int>) -> Int {
        trials.reduce(0) { $0 + $1.tally[keyPath: count] }
    }

    static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }
}
