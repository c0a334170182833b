// What a database has of the schema, compared with what this program has. Pure: what was read is passed in.

public import FlashSale

/// How it stands with one file.
public struct SchemaFileStatus: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// The program has it, the database lacks it.
        case pending
        case inPlace(since: Timestamp)
        /// The database has it with another text.
        case differs(since: Timestamp)
        /// The database has it, the program does not know it.
        case unknown(since: Timestamp)
    }

    public let name: String
    public let state: State

    public init(name: String, state: State) {
        self.name = name
        self.state = state
    }

    var isInPlace: Bool { if case .inPlace = state { true } else { false } }
    var isUnknown: Bool { if case .unknown = state { true } else { false } }
    var differs: Bool { if case .differs = state { true } else { false } }
}

/// All files that the program or the database knows.
public struct SchemaReport: Hashable, Sendable, CustomStringConvertible {
    /// By version.
    public let tables: [SchemaFileStatus]
    public let functions: [SchemaFileStatus]
    public let programRevision: Int
    /// Nil if no functions are in place.
    public let databaseRevision: Int?
    /// True for a database that the migrations of before the first release have made.
    public let isEarly: Bool

    init(
        tables: [SchemaFileStatus], functions: [SchemaFileStatus], programRevision: Int, databaseRevision: Int?,
        isEarly: Bool = false
    ) {
        self.tables = tables
        self.functions = functions
        self.programRevision = programRevision
        self.databaseRevision = databaseRevision
        self.isEarly = isEarly
    }

    /// How database and program fit together. What keeps `migrate` from doing anything comes first.
    public var state: SchemaState {
        let lacking = tables.filter { $0.state == .pending }.map(\.name)
        let otherFunctions = functions.filter { !$0.isInPlace }.map(\.name)
        if isEarly { return .early }
        if let newest = tables.last(where: \.isUnknown) { return .newerTables(newest.name) }
        if let changed = tables.first(where: \.differs) { return .changedTable(changed.name) }
        if !otherFunctions.isEmpty, let databaseRevision, databaseRevision > programRevision {
            return .newerFunctions(databaseRevision, here: programRevision)
        }
        if !lacking.isEmpty { return .lacksTables(lacking) }
        if otherFunctions.isEmpty { return .current }
        guard databaseRevision == programRevision else {
            return .olderFunctions(databaseRevision, here: programRevision)
        }
        return .otherFunctions(otherFunctions, revision: programRevision)
    }

    /// A line for each file, and one for the revisions: what `flashsale migrate --status` prints.
    public var description: String {
        let width = (tables + functions).map(\.name.count).max() ?? 0
        func line(_ kind: String, _ status: SchemaFileStatus) -> String {
            let words =
                switch status.state {
                case .pending: "pending"
                case .inPlace(let since): "in place since \(since)"
                case .differs(let since): "in place with another text since \(since)"
                case .unknown(let since): "in place since \(since), unknown to this program"
                }
            return kind + status.name + String(repeating: " ", count: width - status.name.count + 2) + words
        }
        let revision = databaseRevision.map { "revision \($0)" } ?? "none"
        return
            (tables.map { line("table     ", $0) } + functions.map { line("function  ", $0) }
            + ["functions of the database: \(revision); of this program: revision \(programRevision)"])
            .joined(separator: "\n")
    }
}
