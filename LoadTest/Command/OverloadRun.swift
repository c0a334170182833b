// The scenario `overload`: finds the service's peak, then offers ten times that, while holders pay for what they took
// before.

import Audit
import Reports

struct OverloadRun {
    /// Its scenario has the crowd, its connections, and how long the flood lasts.
    let session: Session

    /// How much more than at the peak is offered.
    static let factor = 10.0
    /// The share of the peak's goodput that the service must keep.
    static let goodputShareMin = 0.9
    /// The 99th percentile that what is admitted may have, from its sending, in seconds.
    static let admittedP99Max = 0.05
    /// The peak is the best of these shares of the connections, each with one request at a time.
    private static let peakShares = [1.0 / 32, 1.0 / 8, 0.5]
    private static let peakSeconds = 5.0
    /// Holders come before the flood, a few a second.
    fileprivate static let holdersRate = 20.0
    fileprivate static let holdersSeconds = 4.0
    fileprivate static let holdersConnections = 64

    struct Result {
        let text: String
        /// Of the flood.
        let report: RunReport
        let ending: RunEnding
    }

    /// - Parameter stop: ends the run of the moment, and then no other begins.
    func run(until stop: StopWish, whenRunning: (LoadRun) -> Void) async throws -> Result {
        var peak: RunReport?
        for (number, share) in Self.peakShares.enumerated() {
            var trial = session.part(number + 1)
            let buyers = max(1, Int(Double(session.scenario.connections) * share))
            trial.scenario.load = .closed(buyers: buyers, seconds: Self.peakSeconds)
            trial.scenario.connections = max(buyers, trial.scenario.threads)
            let report = try await trial.run(whenRunning: whenRunning)
            if report.goodput > peak?.goodput ?? 0 { peak = report }
            if !stop.isThere { await Session.recover(from: report, until: stop) }
            if stop.isThere { return Self.stopped(peak: peak ?? report) }
        }
        guard let peak else { throw Session.Failure(description: "The service decided nothing at its peak.") }
        let crowd = session
        let holders = Task {
            try await crowd.holders(for: crowd.scenario.seconds).run { stop.follow($0.stop) }
        }
        await stop.rest(.seconds(Self.holdersSeconds))
        if stop.isThere {
            _ = try await holders.value
            return Self.stopped(peak: peak)
        }
        var flood = session.part(Self.peakShares.count + 1)
        let rate = min(Double(peak.started) / peak.duration * Self.factor, Scenario.rateMax)
        flood.scenario.load = .open(Stage.constant(rate, seconds: session.scenario.seconds), .poisson)
        let report = try await flood.run(whenRunning: whenRunning)
        let paid = try await holders.value
        return stop.isThere ? Self.stopped(peak: peak) : Self.result(peak: peak, flood: report, holders: paid)
    }

    /// What is known when somebody stops it.
    static func stopped(peak: RunReport) -> Result {
        let text = "STOPPED before the flood was over; the best goodput until then was \(Words.rate(peak.goodput))"
        return Result(text: text, report: peak, ending: peak.ending == .promiseBroken ? .promiseBroken : .invalid)
    }

    static func result(peak: RunReport, flood: RunReport, holders: RunReport) -> Result {
        let share = flood.goodput / max(peak.goodput, 1e-9)
        func purchases(_ outcomes: [Outcome]) -> Int {
            let names = outcomes.map(\.name)
            return holders.rows.filter { $0.endpoint == Endpoint.purchase.name && names.contains($0.outcome) }
                .reduce(0) { $0 + $1.count }
        }
        let (refused, paid) = (purchases(Outcome.allCases.filter { $0 != .won }), purchases([.won]))
        let conditions = [
            (share >= goodputShareMin, "goodput at least 90 % of the peak's", Words.percent(share)),
            (
                flood.admitted.p99 <= admittedP99Max, "p99 of what is admitted at most 50 ms, from its sending",
                Words.duration(flood.admitted.p99)
            ),
            (refused == 0 && paid > 0, "no holder refused", "\(refused) refused, \(paid) paid"),
        ]
        var lines = [
            "peak: goodput \(Words.rate(peak.goodput)), "
                + "\(Words.count(peak.settings.buyersAtATime ?? 0)) buyers at a time",
            "flood: goodput \(Words.rate(flood.goodput)), "
                + "\(Words.rate(flood.settings.stages?.first?.from ?? 0)) buyers "
                + "on \(Words.count(flood.settings.connections)) connections",
        ]
        lines += conditions.map { "\($0.0 ? "met   " : "MISSED") \($0.1), measured \($0.2)" }
        // The flood's drops are no fault of the run: its connections are all that a crowd of that size would have.
        let ending: RunEnding =
            if [peak, flood, holders].contains(where: { $0.ending == .promiseBroken }) {
                .promiseBroken
            } else if !flood.invalid.isEmpty {
                .invalid
            } else if conditions.contains(where: { !$0.0 }) || flood.thresholds.contains(where: { !$0.isMet }) {
                .thresholdMissed
            } else {
                .passed
            }
        return Result(text: (lines + [ending.sentence]).joined(separator: "\n"), report: flood, ending: ending)
    }
}

extension Session {
    /// Lets a service that was overloaded come back.
    static func recover(from report: RunReport, until stop: StopWish) async {
        guard report.rows.contains(where: { $0.outcome == Outcome.shed.name }) else { return }
        await stop.rest(recovery)
    }

    /// One of the runs of a scenario that has several. The others are strangers to its journal, and their buyers want
    /// other items.
    func part(_ number: Int) -> Session {
        var part = self
        part.journalPath = journalPath.map { "\($0).\(number)" }
        part.hasStrangers = true
        part.scenario.seed &+= UInt64(number)
        return part
    }

    /// Buyers that take something before the flood and pay in it, on connections of their own.
    fileprivate func holders(for seconds: Double) -> Session {
        var holders = part(0)
        holders.metricsPort = nil
        holders.isQuiet = true
        holders.scenario.mix = BuyerMix([.holder: 1])
        holders.scenario.connections = OverloadRun.holdersConnections
        holders.scenario.threads = 1
        holders.scenario.thresholds = []
        holders.scenario.load = .open(
            Stage.constant(OverloadRun.holdersRate, seconds: OverloadRun.holdersSeconds)
                + Stage.constant(0, seconds: seconds), .even)
        return holders
    }
}
