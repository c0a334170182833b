// Type of a statement and class of its error, and which of their combinations occur.

/// The labels of one failed statement.
public struct QueryErrorLabels: LabelSet, Hashable {
    public let type: QueryType
    public let errorClass: DatabaseErrorClass

    @inlinable
    public init(_ type: QueryType, _ errorClass: DatabaseErrorClass) {
        self.type = type
        self.errorClass = errorClass
    }

    public static let labelNames = [QueryType.labelName, DatabaseErrorClass.labelName]

    public static let all = QueryType.allCases.flatMap { type in
        DatabaseErrorClass.allCases.map { QueryErrorLabels(type, $0) }
    }

    public static let legal = all.filter { $0.isLegal }

    @inlinable static var classCount: Int { 12 }

    @inlinable public var index: Int { type.index &* Self.classCount &+ errorClass.index }

    public var labelValues: [String] { [type.rawValue, errorClass.rawValue] }

    public var folded: QueryErrorLabels {
        let counted = Self.sent.contains(type) ? type : .other
        return QueryErrorLabels(counted, QueryErrorLabels(counted, errorClass).isLegal ? errorClass : .other)
    }

    /// The types that the service sends. It changes rows only by calls of its functions.
    private static let sent = QueryType.allCases.filter { ![.update, .delete].contains($0) }

    /// Postgres checks constraints at writes and at COMMIT. It refuses a connection before any statement; that counts
    /// as `OTHER`.
    private var isLegal: Bool {
        guard Self.sent.contains(type) else { return false }
        return switch errorClass {
        case .connection, .canceled, .other: true
        case .syntax, .lockTimeout: ![.begin, .commit, .rollback].contains(type)
        case .tooManyConnections: type == .other
        case .serialization, .deadlock, .uniqueViolation, .checkViolation, .foreignKeyViolation:
            [.insert, .copy, .call, .commit].contains(type)
        case .readOnly: [.insert, .copy, .call].contains(type)
        }
    }
}
