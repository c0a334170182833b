// The matrix: a line for everything that was checked, with its fault.

import Foundation

struct ProofReport: Sendable {
    enum State: String, Sendable {
        case alive
        /// Not expected to be alive here, for a reason.
        case exempt
        case dead
    }

    struct Line: Sendable {
        let kind: String
        let name: String
        let state: State
        let remark: String
    }

    private(set) var lines: [Line] = []

    var failures: [Line] { lines.filter { $0.state == .dead } }

    mutating func add(_ kind: String, _ name: String, _ state: State, _ remark: String = "") {
        lines.append(Line(kind: kind, name: name, state: state, remark: remark))
    }

    /// The matrix as a table, and its sums.
    var text: String {
        let rows = lines.map { "| \($0.state.rawValue) | \($0.kind) | \($0.name) | \($0.remark) |" }
        let kinds = lines.map(\.kind).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let sums = kinds.map { kind in
            let counts = [State.alive, .exempt, .dead].map { state in
                "\(lines.count { $0.kind == kind && $0.state == state }) \(state.rawValue)"
            }
            return "| \(kind) | \(counts.joined(separator: " | ")) |"
        }
        return (["| state | what | name | remark |", "| --- | --- | --- | --- |"] + rows + sums).joined(separator: "\n")
    }
}
