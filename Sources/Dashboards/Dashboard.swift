// A board: rows of panels under the same variables, annotations and links. All boards are listed here.

public import Telemetry

/// A dashboard of Grafana.
public struct Dashboard: Sendable, CustomStringConvertible {
    /// The end of its address, and the name of its file.
    public let uid: String
    public let title: String
    /// Its purpose in a sentence.
    public let purpose: String
    public let rows: [Row]

    /// Panels under one heading.
    public struct Row: Sendable {
        public let title: String
        public let panels: [Panel]

        init(_ title: String, _ panels: [Panel]) {
            self.title = title
            self.panels = panels
        }
    }

    init(uid: String, title: String, purpose: String, rows: [Row]) {
        self.uid = uid
        self.title = title
        self.purpose = purpose
        self.rows = rows
    }

    /// Every board, drawn from one process's instruments.
    public static func all(of instruments: Instruments = Instruments()) -> [Dashboard] {
        let words = Vocabulary(instruments)
        return [
            overview(words), sale(words), database(words), redis(words), objectives(words), runtime(words),
            telemetry(words), load(words),
        ]
    }

    public var description: String { uid }

    public var panels: [Panel] { rows.flatMap(\.panels) }

    /// Its faults as sentences; empty if it can be drawn.
    public var faults: [String] { panels.flatMap(\.faults).map { "\(uid), \($0)" } }
}
