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

    /// - Parameter stop: ends the run of the moment, and the search.
    func run(until stop: StopWish, whenRunning: (LoadRun) -> Void) async throws -> Result {
        var search = RateSearch(from: session.scenario.load.stages?.first?.from ?? 1)
        var (best, worst): (RunReport?, RunReport?)
        var number = 0
        while let rate = search.next {
            number += 1
            var trial = session.part(number)
            trial.scenario.load = .open(Stage.constant(rate, seconds: session.scenario.seconds), .poisson)
            let report = try await trial.run(whenRunning: whenRunning)
            // A run that was cut short proves nothing of its rate.
            let holds = report.ending == .passed && !report.wasStopped
            if !session.isQuiet { StandardError.write("\(Words.rate(rate)): \(report.ending.sentence)\n") }
            if holds { best = report } else { worst = report }
            // A broken promise is broken at any rate, and what the generator cannot offer is no one's capacity.
            if report.ending == .promiseBroken || report.ending == .invalid {
                return Self.result(search, best: best, worst: report, ending: report.ending, isStopped: stop.isThere)
            }
            if !report.wasStopped { search.note(holds, at: rate) }
            if search.next != nil { await Session.recover(from: report, until: stop) }
            if stop.isThere { return Self.result(search, best: best, worst: worst, ending: .invalid, isStopped: true) }
        }
        return Self.result(search, best: best, worst: worst, ending: best == nil ? .thresholdMissed : .passed)
    }

    static func result(
        _ search: RateSearch, best: RunReport?, worst: RunReport?, ending: RunEnding, isStopped: Bool = false
    ) -> Result {
        guard let report = best ?? worst else { preconditionFailure("a search begins with a trial") }
        let thresholds = report.thresholds.map(\.threshold).joined(separator: ", ")
        let found = search.held.map { "\(Words.rate($0)) buyers" } ?? "none"
        var line = "capacity: \(found) with \(thresholds)"
        if isStopped {
            line += "; STOPPED before the search was over"
        } else if let worst {
            let missed = worst.thresholds.filter { !$0.isMet }.map { "\($0.threshold) measured \($0.measured)" }
            let reasons = missed + worst.invalid + (worst.incomplete.map { [$0] } ?? [])
            let rate = (worst.settings.stages?.first?.from).map { "at \(Words.rate($0)) " } ?? ""
            line += "; \(rate)\(reasons.isEmpty ? worst.ending.sentence : reasons.joined(separator: ", "))"
        }
        return Result(line: line, report: report, ending: ending)
    }
}
