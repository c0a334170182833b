// What an audit found, for people and for exit codes.

/// The findings of an audit.
public struct AuditReport: Sendable {
    /// What came of one check.
    public struct Finding: Sendable {
        /// The check's name: `sold_once`, say.
        public let check: String
        /// The invariant's number, `I1` to `I8`.
        public let invariant: String
        /// What must hold.
        public let sentence: String
        /// How often it does not.
        public let breaches: Int
        /// Some of the breaches, a line each; at most ``Auditor/counterexamplesMax``.
        public let counterexamples: [String]

        fileprivate var verdict: String {
            switch breaches {
            case 0: "ok"
            case 1: "1 BREACH"
            default: "\(breaches) BREACHES"
            }
        }
    }

    public let findings: [Finding]
    /// What is worth knowing and is no breach: holds that ended late, say.
    public let notes: [String]
    /// How long the audit took.
    public let duration: Duration

    /// Whether nothing was found that must not be.
    public var isClean: Bool { findings.allSatisfy { $0.breaches == 0 } }

    /// The findings as a table for a terminal.
    public var table: String {
        let width = findings.map(\.sentence.count).max() ?? 0
        var lines: [String] = []
        for finding in findings {
            let padding = String(repeating: " ", count: width - finding.sentence.count)
            lines.append("\(finding.invariant)  \(finding.sentence)\(padding)  \(finding.verdict)")
            lines += finding.counterexamples.map { "      \($0)" }
            if finding.breaches > finding.counterexamples.count {
                lines.append("      and \(finding.breaches - finding.counterexamples.count) more")
            }
        }
        lines += notes.map { "note: \($0)" }
        lines.append("\(isClean ? "audit passed" : "AUDIT FAILED") in \(duration.formatted)")
        return lines.joined(separator: "\n")
    }
}

extension Duration {
    /// In seconds, with a tenth.
    fileprivate var formatted: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
