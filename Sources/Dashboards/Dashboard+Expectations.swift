// What the proof asks of every query, as a file beside the boards: Grafana has no place for it in theirs.

extension Dashboard {
    /// For each query in order: which it is, and whether it must move, stand, or may be empty and why.
    public static func expectations(of boards: [Dashboard]) -> JSON {
        let lines = boards.flatMap { board in
            board.panels.flatMap { panel in panel.targets.map { (board, panel, $0) } }
        }
        return .array(
            lines.map { board, panel, target in
                var line: [String: JSON] = [
                    "dashboard": .string(board.uid), "panel": .string(panel.title),
                    "expr": .string(target.expression.description),
                ]
                switch target.expectation {
                case .moves: line["expect"] = "moves"
                case .stands: line["expect"] = "stands"
                case .mayBeEmpty(let reason):
                    line["expect"] = "may be empty"
                    line["reason"] = .string(reason)
                }
                return .object(line)
            })
    }
}
