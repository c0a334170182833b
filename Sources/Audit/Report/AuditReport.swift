// The verdict of an audit, for people, for programs and for exit codes.

internal import FoundationEssentials

/// The findings of an audit.
public struct AuditReport: Sendable, Codable {
    /// In the order of their checks: those of the ledger, of the gate, of promises.
    public let findings: [Finding]
    /// Remarks that are no breach, such as holds that ended late.
    public let notes: [String]
    /// Why a store was not checked that was to be; nil if there was none.
    public let problem: String?
    /// How long the audit took, in seconds.
    public let seconds: Double

    package init(findings: [Finding], notes: [String], problem: String? = nil, duration: Duration) {
        self.findings = findings
        self.notes = notes
        self.problem = problem
        seconds = duration / .seconds(1)
    }

    private enum CodingKeys: CodingKey {
        case passed, seconds, findings, notes, problem
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(isClean && problem == nil, forKey: .passed)
        try object.encode(seconds, forKey: .seconds)
        try object.encode(findings, forKey: .findings)
        try object.encode(notes, forKey: .notes)
        try object.encodeIfPresent(problem, forKey: .problem)
    }

    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        seconds = try object.decode(Double.self, forKey: .seconds)
        findings = try object.decode([Finding].self, forKey: .findings)
        notes = try object.decode([String].self, forKey: .notes)
        problem = try object.decodeIfPresent(String.self, forKey: .problem)
    }

    /// Whether there is no breach.
    public var isClean: Bool { findings.allSatisfy { $0.breaches == 0 } }

    /// The findings as a table for a terminal.
    public var table: String {
        let invariants = Self.column(findings.map(\.invariant))
        let sentences = Self.column(findings.map(\.sentence))
        var lines: [String] = []
        for (index, finding) in findings.enumerated() {
            lines.append("\(invariants[index])  \(sentences[index])  \(finding.verdict)")
            lines += finding.counterexamples.flatMap { $0.split(separator: "\n").map { "      \($0)" } }
            if finding.breaches > finding.counterexamples.count {
                lines.append("      and \(finding.breaches - finding.counterexamples.count) more")
            }
        }
        lines += notes.map { "note: \($0)" }
        let tenths = Int((seconds * 10).rounded())
        let verdict = !isClean ? "AUDIT FAILED" : problem == nil ? "audit passed" : "AUDIT INCOMPLETE"
        lines.append("\(verdict) in \(tenths / 10).\(tenths % 10) s")
        return lines.joined(separator: "\n")
    }

    /// The texts, all as wide as the widest.
    private static func column(_ texts: [String]) -> [String] {
        let width = texts.map(\.count).max() ?? 0
        return texts.map { $0 + String(repeating: " ", count: width - $0.count) }
    }

    /// The report as a JSON object; docs/AUDIT.md describes it.
    ///
    /// - Throws: `EncodingError`, which no report causes.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
