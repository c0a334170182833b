// Labels: closed sets of values that are known at compile time. A value that is no enum case cannot be written.

/// The labels of one series: a value whose ordinal indexes an array of cells.
///
/// A single enum is a label set of one name (``LabelValue``); a struct of enums is a label set of several.
public protocol LabelSet: Sendable {
    /// The names of the labels, in the order of ``labelValues``.
    static var labelNames: [String] { get }

    /// Every value, so that `all[index].index == index`.
    static var all: [Self] { get }

    /// The values that can occur, by default all. Their series exist from the start, at zero.
    static var legal: [Self] { get }

    /// The position in ``all``.
    var index: Int { get }

    /// The wire form of each label.
    var labelValues: [String] { get }

    /// The legal value that counts an illegal one. It must be legal.
    var folded: Self { get }
}

extension LabelSet {
    public static var legal: [Self] { all }
    public var folded: Self { self }
}

/// A closed enum that is one label: the raw value is its wire form.
public protocol LabelValue: LabelSet, CaseIterable, RawRepresentable<String> {
    static var labelName: String { get }
}

extension LabelValue {
    public static var labelNames: [String] { [labelName] }
    public static var all: [Self] { Array(allCases) }
    public var labelValues: [String] { [rawValue] }

    /// The case's number in order of declaration.
    ///
    /// Swift stores an enum without payloads as this number, in one byte (in none if it has a single case), so this is
    /// a load and no comparison of strings. `SeriesIndex` checks it against `allCases` for every enum at start.
    @inlinable public var index: Int {
        withUnsafeBytes(of: self) { $0.isEmpty ? 0 : Int($0[0]) }
    }
}

/// The label set of a family that has a single series.
public struct NoLabels: LabelSet {
    public static var labelNames: [String] { [] }
    public static var all: [NoLabels] { [NoLabels()] }
    @inlinable public var index: Int { 0 }
    public var labelValues: [String] { [] }

    @inlinable public init() {}
}
