// Type and table of a statement, and which of their combinations occur.

/// The labels of one statement.
public struct QueryLabels: LabelSet, Hashable {
    public let type: QueryType
    public let table: QueryTable

    @inlinable
    public init(_ type: QueryType, _ table: QueryTable) {
        self.type = type
        self.table = table
    }

    public static let labelNames = [QueryType.labelName, QueryTable.labelName]

    public static let all = QueryType.allCases.flatMap { type in QueryTable.allCases.map { QueryLabels(type, $0) } }

    public static let legal = all.filter { $0.isLegal }

    @inlinable static var tableCount: Int { 9 }

    @inlinable public var index: Int { type.index &* Self.tableCount &+ table.index }

    public var labelValues: [String] { [type.rawValue, table.rawValue] }

    /// A pair that no statement of the service has keeps its type and loses its table. A type that no statement has
    /// without a table loses both.
    public var folded: QueryLabels {
        let withoutTable = QueryLabels(type, .none)
        return withoutTable.isLegal ? withoutTable : QueryLabels(.other, .none)
    }

    private var isLegal: Bool {
        switch (type, table) {
        case (.begin, .none), (.commit, .none), (.rollback, .none), (.other, .none): true
        case (.select, .sales), (.select, .items), (.select, .units), (.select, .orders), (.select, .buyers): true
        case (.select, .none): true
        case (.call, .checkouts), (.call, .orders), (.call, .holds), (.call, .none): true
        case (.copy, .items): true
        case (.insert, .sales): true
        default: false
        }
    }
}
