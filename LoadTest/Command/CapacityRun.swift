// The scenario `capacity`: run after run at one rate each, until the highest is known at which every threshold holds.

import Reports

struct CapacityRun {
    /// Its scenario has the thresholds, and the rate and the length of the first run.
    let session: Session

    struct Result {
        /// The capacity in one line.
        let line: String
        /// The last run at the highest rate that held, or else the last of all.
        let report: RunReport
        let ending: RunEnding
    }

    func run(whenRunning: (LoadRun) -> Void) async throws -> Result {
        var search = RateSearch(from: session.scenario.load.stages?.first?.from ?? 1)
        var (best, worst): (RunReport?, RunReport?)
        var number = 0
        while let rate = search.next {
            number += 1
            var trial = session.part(number)
            trial.scenario.load = .open(Stage.constant(rate, seconds: session.scenario.seconds), .poisson)
            let report = try await trial.run(whenRunning: whenRunning)
            let holds = report.ending == .passed
            if !session.isQuiet { StandardError.write("\(Words.rate(rate)): \(report.ending.sentence)\n") }
            if holds { best = report } else { worst = report }
            // A broken promise is broken at any rate, and what the generator cannot offer is no one's capacity.
            let isOver = report.ending == .promiseBroken || report.ending == .invalid || report.wasStopped
            if isOver { return Self.result(search, best: best, worst: report, ending: report.ending) }
            search.note(holds, at: rate)
            if search.next != nil { try await Session.recover(from: report) }
        }
        return Self.result(search, best: best, worst: worst, ending: best == nil ? .thresholdMissed : .passed)
    }

    static func result(_ search: RateSearch, best: RunReport?, worst: RunReport?, ending: RunEnding) -> Result {
        guard let report = best ?? worst else { preconditionFailure("a search begins with a trial") }
        let thresholds = report.thresholds.map(\.threshold).joined(separator: ", ")
        let found = search.held.map { "\(Words.rate($0)) buyers" } ?? "none"
        var line = "capacity: \(found) with \(thresholds)"
        if let worst {
            let missed = worst.thresholds.filter { !$0.isMet }.map { "\($0.threshold) measured \($0.measured)" }
            let reasons = missed + worst.invalid + (worst.incomplete.map { [$0] } ?? [])
            let rate = (worst.settings.stages?.first?.from).map { "at \(Words.rate($0)) " } ?? ""
            line += "; \(rate)\(reasons.isEmpty ? worst.ending.sentence : reasons.joined(separator: ", "))"
        }
        return Result(line: line, report: report, ending: ending)
    }
}
