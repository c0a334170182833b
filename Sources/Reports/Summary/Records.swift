// A table of many rows and few columns, held as counts of equal rows: a million requests are some hundred rows that
// differ. TableSummary says what they have in common.

/// Rows of words, coded by a byte for each column.
public struct Records: Sendable {
    /// The most columns: a row's codes are one number of eight bytes.
    public static let columnsMax = 8
    /// The most values of a column that are told apart. All further ones are ``otherValue``.
    public static let valuesMax = 255
    /// Stands for the values of a column beyond ``valuesMax``.
    public static let otherValue = "other"

    /// A column: its name, and its values by their codes.
    public struct Column: Sendable, Equatable {
        public let name: String
        public fileprivate(set) var values: [String]

        /// - Parameter values: those that are known before the first row, in the order of their codes.
        public init(_ name: String, _ values: [String] = []) {
            precondition(values.count <= valuesMax, "a code is a byte")
            self.name = name
            self.values = values
        }
    }

    public private(set) var columns: [Column]
    /// How often each row is there, by its codes: the first column's in the lowest byte.
    private(set) var counts: [UInt64: Int] = [:]
    private var codes: [[String: UInt8]]

    public init(_ columns: [Column]) {
        precondition((1...Self.columnsMax).contains(columns.count), "a row has 1 to \(Self.columnsMax) columns")
        self.columns = columns
        codes = columns.map { column in
            Dictionary(uniqueKeysWithValues: column.values.enumerated().map { ($1, UInt8($0)) })
        }
    }

    /// How many rows there are.
    public var count: Int { counts.values.reduce(0, +) }

    /// Adds rows that are alike. A value that its column has not had yet gets the next code.
    public mutating func add(_ values: [String], count: Int = 1) {
        precondition(values.count == columns.count, "a row has a value for each column")
        add(codes: values.indices.map { code(of: values[$0], in: $0) }, count: count)
    }

    /// Adds rows by the codes of their values.
    public mutating func add(codes: some Collection<UInt8>, count: Int = 1) {
        var key: UInt64 = 0
        var shift: UInt64 = 0
        for code in codes {
            key |= UInt64(code) &<< shift
            shift &+= 8
        }
        counts[key, default: 0] += count
    }

    /// Adds the rows of a table whose columns have the same values.
    public mutating func add(_ other: Records) {
        precondition(other.columns == columns, "the codes of the tables differ")
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    /// The rows whose code in a column passes a test.
    public func filtered(by column: Int, _ isIncluded: (UInt8) -> Bool) -> Records {
        var result = self
        result.counts = counts.filter { isIncluded(UInt8(truncatingIfNeeded: $0.key >> (8 * UInt64(column)))) }
        return result
    }

    /// How many rows have each value of a column, by its code.
    public func counts(of column: Int) -> [Int] {
        counts.reduce(into: [Int](repeating: 0, count: columns[column].values.count)) { result, entry in
            result[Int(UInt8(truncatingIfNeeded: entry.key >> (8 * UInt64(column))))] += entry.value
        }
    }

    private mutating func code(of value: String, in column: Int) -> UInt8 {
        if let code = codes[column][value] { return code }
        let values = columns[column].values.count
        guard values <= Self.valuesMax else { return UInt8(Self.valuesMax) }
        columns[column].values.append(values < Self.valuesMax ? value : Self.otherValue)
        if values < Self.valuesMax { codes[column][value] = UInt8(values) }
        return UInt8(values)
    }
}
