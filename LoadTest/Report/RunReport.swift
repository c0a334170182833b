// The figures of a run: the source of every report, and the content of `--json`.

import Audit
import Reports

/// The summary of a run.
struct RunReport: Sendable, Codable {
    /// One endpoint, or all, with one outcome, or all. Durations are in seconds.
    struct Row: Sendable, Codable {
        var endpoint: String
        var outcome: String
        var count: Int
        /// From the intended start.
        var response: Quantiles
        /// From the send.
        var service: Quantiles
    }

    struct Quantiles: Sendable, Codable {
        var mean: Double
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double
        var longest: Double

        init(_ latencies: Latencies) {
            mean = latencies.mean
            p50 = latencies.quantile(0.5)
            p90 = latencies.quantile(0.9)
            p99 = latencies.quantile(0.99)
            p999 = latencies.quantile(0.999)
            longest = latencies.longest
        }
    }

    /// The connections of one kind of attacker. Durations are in seconds.
    struct AttackRow: Sendable, Codable {
        var attack: String
        var connections: Int
        /// Connections that were not taken.
        var unopened: Int
        /// Connections that the service ended, and when.
        var ended: Int
        var p50: Double
        var longest: Double

        init(_ attack: Attack, _ facts: AttackFacts) {
            self.attack = attack.rawValue
            connections = facts.started
            unopened = facts.unopened
            ended = facts.ended.count
            p50 = facts.ended.quantile(0.5)
            longest = facts.ended.longest
        }

        var words: String {
            "\(Words.count(connections)) connections, \(Words.count(unopened)) of them not taken; "
                + (ended > 0
                    ? "\(Words.count(ended)) ended by the service, half within \(Words.duration(p50)), the last after "
                        + Words.duration(longest) : "none ended by the service")
        }
    }

    /// The slowest requests.
    struct Slow: Sendable, Codable {
        /// The most of them, as a share of all.
        private static let shareMax = 0.05

        /// Each took this long or longer, in seconds.
        var from: Double
        var summary: TableSummary

        init?(_ traits: Records) {
            let counts = traits.counts(of: RequestTraits.responseColumn)
            let countMax = Int(Double(traits.count) * Self.shareMax)
            var (code, count) = (counts.count, 0)
            for (candidate, more) in counts.enumerated().reversed() where more > 0 {
                guard count + more <= countMax else { break }
                (code, count) = (candidate, count + more)
            }
            guard count > 0 else { return nil }
            from = RequestTraits.duration(from: code)
            summary = TableSummary(traits.filtered(by: RequestTraits.responseColumn) { $0 >= code })
        }
    }

    /// The run's settings that change its figures.
    struct Settings: Sendable, Codable {
        var scenario: String
        var target: String
        var seed: UInt64
        var seconds: Double
        /// For an open loop, arrivals a second; for a closed one, buyers at a time.
        var stages: [Stage]?
        var buyersAtATime: Int?
        /// The kinds of buyers by their weights.
        var buyers: [String: Double]
        /// Of a request, in seconds.
        var timeout: Double
        var connections: Int
        var threads: Int
        /// Whether the generator's threads had real-time priority.
        var isRealTime: Bool
        var sale: Int32?
        var units: Int?
        var journal: String?
    }

    var settings: Settings
    /// RFC 3339.
    var startedAt: String
    var duration: Double
    var wasStopped: Bool
    var started: Int
    var late: Int
    var dropped: Int
    var requests: Int
    /// Requests, and decisions of the service, a second.
    var rate: Double
    var goodput: Double
    /// The 99th percentile of the generator's own lag, in seconds.
    var lagP99: Double
    /// The share of its threads' time that the generator used.
    var cpuShare: Double
    /// Why the figures cannot be trusted; empty if they can.
    var invalid: [String]
    /// Why the service did not get the load that was asked for, or a store was not audited; nil if neither.
    var incomplete: String?
    var rows: [Row]
    /// Of what the service decided, from the send.
    var admitted: Quantiles
    var attacks: [AttackRow]
    var seconds: [Second]
    var faults: [RunRecord.Fault]
    var problems: [String: Int]
    /// The waits that a waiting room told and that came to an end; nil if it told none.
    var waits: ToldWaits?
    /// What the slowest requests have in common; nil if none is much slower than the others.
    var slow: Slow?
    /// What requests have in common that were shed, failed or got no answer.
    var failed: TableSummary
    var verdict: AuditReport?
    var thresholds: [ThresholdResult]
    var ending: RunEnding

    /// The 99th percentile of the generator's own lag that makes a run invalid, in seconds.
    static let lagMax = 0.001
    /// The share of its threads that the generator may use.
    static let cpuShareMax = 0.7
    /// The share of the starts that may be dropped.
    static let droppedShareMax = 0.01
    /// With fewer starts a 99th percentile of lag says nothing.
    static let startsMin = 100

    init(_ plan: RunPlan, _ record: RunRecord, verdict: AuditReport?, waits: [LineBook.Wait] = []) {
        let facts = record.reading.facts
        let scenario = plan.scenario
        settings = Settings(
            scenario: scenario.name, target: "\(plan.target)", seed: scenario.seed, seconds: scenario.seconds,
            stages: scenario.load.stages, buyersAtATime: scenario.load.buyersAtATime,
            buyers: plan.sale == nil
                ? [:] : Dictionary(uniqueKeysWithValues: scenario.mix.weights.map { ($0.key.name, $0.value) }),
            timeout: scenario.timeout, connections: scenario.connections, threads: record.threads,
            isRealTime: record.reading.isRealTime,
            sale: plan.sale?.id,
            units: plan.sale.map { $0.itemCount * $0.stock }, journal: plan.journal?.path)
        startedAt = WallClock.text(record.startedAt)
        duration = record.duration
        wasStopped = record.wasStopped
        started = facts.started
        late = facts.late
        dropped = facts.dropped
        requests = facts.requests
        rate = Double(facts.requests) / max(record.duration, 1e-9)
        goodput = Double(facts.decisions) / max(record.duration, 1e-9)
        lagP99 = facts.lag.quantile(0.99)
        cpuShare = record.cpuSeconds / max(record.duration * Double(record.threads), 1e-9)
        rows = Self.rows(facts)
        admitted = Quantiles(facts.admitted)
        attacks = Attack.allCases.compactMap { attack in facts.attacks[attack].map { AttackRow(attack, $0) } }
        seconds = record.seconds
        faults = record.faults
        problems = record.reading.problems
        slow = Slow(facts.traits)
        failed = TableSummary(facts.traits.filtered(by: RequestTraits.outcomeColumn, Self.isFailure))
        self.verdict = verdict
        self.waits = waits.isEmpty ? nil : ToldWaits(waits)
        invalid = Self.whyInvalid(plan, record.reading, lagP99: lagP99, cpuShare: cpuShare)
        let droppedShare = Double(dropped) / Double(max(1, requests + dropped))
        let dropped =
            droppedShare > Self.droppedShareMax
            ? "\(Words.percent(droppedShare)) of the starts were dropped, 1 % is allowed: they had no connection, and "
                + "no room to wait for one. The load was not the one that was asked for." : nil
        incomplete = dropped ?? verdict?.problem.map { "The audit has not seen all stores: \($0)." }
        thresholds = []
        ending = .passed
        thresholds = scenario.thresholds.compactMap { result(of: $0, facts) }
        ending =
            if verdict?.isClean == false {
                .promiseBroken
            } else if !invalid.isEmpty {
                .invalid
            } else if incomplete != nil {
                .incomplete
            } else if thresholds.contains(where: { !$0.isMet }) {
                .thresholdMissed
            } else {
                .passed
            }
    }

    /// A closed loop has its own pace: it uses all processor time that it gets, and no start can be late.
    private static func whyInvalid(_ plan: RunPlan, _ reading: LaneReading, lagP99: Double, cpuShare: Double)
        -> [String]
    {
        var reasons: [String] = []
        if let problem = plan.journal?.problem { reasons.append("\(problem) The generator sent nothing after that.") }
        if case .closed = plan.scenario.load { return reasons }
        if reading.facts.lag.count >= startsMin, lagP99 > lagMax {
            let advice =
                reading.isRealTime
                ? "" : " On cores that it shares it needs real-time priority: `ulimit -r 1`, or root."
            reasons.append(
                "The generator lagged: 1 in 100 starts was \(Words.duration(lagP99)) late or more; 1 ms is allowed."
                    + advice)
        }
        if cpuShare > cpuShareMax {
            reasons.append("The generator used \(Words.percent(cpuShare)) of its threads, 70 % is allowed.")
        }
        return reasons
    }

    private static func isFailure(_ outcome: UInt8) -> Bool {
        switch Outcome(rawValue: outcome) {
        case .shed, .error, .unknown: true
        default: false
        }
    }

    private static func rows(_ facts: Facts) -> [Row] {
        var rows: [Row] = []
        for endpoint in Endpoint.allCases where facts.count(endpoint) > 0 {
            for outcome in Outcome.allCases {
                guard let cell = facts.cell(endpoint, outcome) else { continue }
                rows.append(
                    Row(
                        endpoint: endpoint.name, outcome: outcome.name, count: cell.response.count,
                        response: Quantiles(cell.response), service: Quantiles(cell.service)))
            }
            rows.append(
                Row(
                    endpoint: endpoint.name, outcome: "all", count: facts.count(endpoint),
                    response: Quantiles(facts.response(endpoint)), service: Quantiles(facts.service(endpoint))))
        }
        rows.append(
            Row(
                endpoint: "all", outcome: "all", count: facts.requests, response: Quantiles(facts.response()),
                service: Quantiles(facts.service())))
        return rows
    }
}
