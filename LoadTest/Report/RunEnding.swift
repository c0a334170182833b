// How runs end: the exit codes of the command, and the words of every report for them.

enum RunEnding: Int32, Codable, Sendable {
    case passed = 0
    case thresholdMissed = 1
    case promiseBroken = 2
    /// The figures say more about the generator than about the service; or there are none.
    case invalid = 3
    /// More starts were dropped than may be.
    case incomplete = 4

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
        case .incomplete: "INCOMPLETE: the service did not get the load that was asked for"
        }
    }
}
