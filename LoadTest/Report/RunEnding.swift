// How runs end: the exit codes of the command, and the words of every report for them.

import Audit

enum RunEnding: Int32, Codable, Sendable {
    case passed = 0
    case thresholdMissed = 1
    case promiseBroken = 2
    /// The figures say more about the generator than about the service; or there are none.
    case invalid = 3
    /// More starts were dropped than may be, or a store that was to be audited was not.
    case incomplete = 4

    /// How an audit ends, for itself.
    init(_ verdict: AuditReport) {
        self = !verdict.isClean ? .promiseBroken : verdict.problem == nil ? .passed : .incomplete
    }

    /// A word or two.
    var word: String {
        switch self {
        case .passed: "passed"
        case .thresholdMissed: "threshold missed"
        case .promiseBroken: "audit failed"
        case .invalid: "invalid"
        case .incomplete: "incomplete"
        }
    }

    /// The last line of a summary.
    var sentence: String {
        switch self {
        case .passed: "passed"
        case .thresholdMissed: "FAILED: a threshold was missed"
        case .promiseBroken: "FAILED: the audit found broken promises"
        case .invalid: "INVALID: these figures say more about the generator than about the service"
        case .incomplete: "INCOMPLETE: the load or the audit is not what was asked for"
        }
    }
}
