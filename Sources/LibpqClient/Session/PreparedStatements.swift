// The statements that one connection has prepared, and the way to send the next one.

struct PreparedStatements {
    enum Way {
        /// Without a name: the server parses the text each time.
        case unnamed
        /// Prepare it under its name first.
        case prepare
        case prepared
    }

    private let countMax: Int
    private var texts: [String: String] = [:]

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { texts.count }

    /// A second text under a taken name has no name, and neither has a statement for which there is no room.
    func way(to send: PostgresStatement) -> Way {
        guard send.isPrepared else { return .unnamed }
        guard let known = texts[send.name] else { return count < countMax ? .prepare : .unnamed }
        return known == send.sql ? .prepared : .unnamed
    }

    mutating func add(_ statement: PostgresStatement) { texts[statement.name] = statement.sql }

    mutating func removeAll() { texts.removeAll() }
}
