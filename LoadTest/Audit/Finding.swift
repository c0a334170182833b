// What an audit has found, as reports print it.

/// A promise, and how often it was broken.
struct Finding: Sendable, Codable, Hashable {
    /// The most counterexamples that are kept.
    static let counterexamplesMax = 10

    /// `units_are_sold_once`.
    var check: String
    /// The invariant that it is part of: `I1`.
    var invariant: String
    /// What must hold.
    var sentence: String
    var breaches: Int
    /// Some of the breaches, each with the timeline of its requests.
    var counterexamples: [String]

    init(_ check: String, _ invariant: String, _ sentence: String, breaches: [String]) {
        self.init(check, invariant, sentence, count: breaches.count, breaches)
    }

    init(_ check: String, _ invariant: String, _ sentence: String, count: Int, _ counterexamples: [String]) {
        self.check = check
        self.invariant = invariant
        self.sentence = sentence
        breaches = count
        self.counterexamples = Array(counterexamples.prefix(Self.counterexamplesMax))
    }
}

/// All findings of a run.
struct Verdict: Sendable, Codable {
    var findings: [Finding] = []
    var notes: [String] = []

    var isClean: Bool { findings.allSatisfy { $0.breaches == 0 } }

    /// Refusals for stock while there was some.
    var falseSoldOut: Int {
        findings.filter { $0.check == PromiseAudit.falseSoldOut }.reduce(0) { $0 + $1.breaches }
    }

    /// For a terminal.
    var table: String {
        let width = findings.map(\.sentence.count).max() ?? 0
        var lines: [String] = []
        for finding in findings {
            let padding = String(repeating: " ", count: width - finding.sentence.count)
            let verdict = finding.breaches == 0 ? "ok" : "\(finding.breaches) BROKEN"
            lines.append("\(finding.invariant)  \(finding.sentence)\(padding)  \(verdict)")
            lines += finding.counterexamples.flatMap { $0.split(separator: "\n").map { "      \($0)" } }
        }
        lines += notes.map { "note: \($0)" }
        lines.append(isClean ? "audit passed" : "AUDIT FAILED")
        return lines.joined(separator: "\n")
    }
}
