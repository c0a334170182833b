// Counts since the last read, for the series by the second.

import Audit

/// Counts of a short time. A lane gives it away and begins a new one.
struct Tally: Sendable {
    private(set) var counts = [Int](repeating: 0, count: Outcome.allCases.count)
    private(set) var response = Latencies()
    var started = 0
    var late = 0
    var dropped = 0
    /// The furthest that the line was seen.
    private(set) var line: LineGlance?

    mutating func record(_ outcome: Outcome, response nanoseconds: Int64) {
        counts[Int(outcome.rawValue)] += 1
        response.record(nanoseconds)
    }

    mutating func add(_ other: Tally) {
        for index in counts.indices { counts[index] += other.counts[index] }
        response.add(other.response)
        started += other.started
        late += other.late
        dropped += other.dropped
        if let line = other.line { note(line) }
    }

    mutating func note(_ seen: LineGlance) {
        if seen.called >= line?.called ?? 0 { line = seen }
    }
}

/// One second of a run, for reports.
struct Second: Sendable, Codable {
    /// Seconds from the start to the end of this one.
    var at: Double
    /// Its length: the first and the last may be shorter.
    var length: Double
    /// Requests by outcome, in the order of `Outcome.allCases`.
    var counts: [Int]
    var started: Int
    var late: Int
    var dropped: Int
    /// Of the response time, in seconds.
    var p50: Double
    var p99: Double
    var p999: Double
    /// Units that the service said were sold; nil if it was not asked.
    var itemsSold: Int?
    /// How the line of a waiting room stood; nil if nobody asked.
    var line: LineGlance?

    init(_ tally: Tally, at: Double, length: Double, itemsSold: Int?) {
        self.at = at
        self.length = length
        counts = tally.counts
        started = tally.started
        late = tally.late
        dropped = tally.dropped
        p50 = tally.response.quantile(0.5)
        p99 = tally.response.quantile(0.99)
        p999 = tally.response.quantile(0.999)
        self.itemsSold = itemsSold
        line = tally.line
    }

    subscript(outcome: Outcome) -> Int { counts[Int(outcome.rawValue)] }

    /// Requests a second.
    var rate: Double { length > 0 ? Double(counts.reduce(0, +)) / length : 0 }

    /// Decisions a second.
    var goodput: Double {
        length > 0 ? Double(Outcome.allCases.filter(\.isDecision).reduce(0) { $0 + self[$1] }) / length : 0
    }
}
