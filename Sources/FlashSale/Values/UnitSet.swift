// A set of units of a sale, a bit for each: a million of them travel between the stores and are compared at once.

/// Some of a sale's units, by ordinal.
public struct UnitSet: Hashable, Sendable {
    /// The units of a word. Sets of a part of a sale begin at a multiple of it.
    public static let unitsPerWord = 64

    /// How many units the sale, or the part of it, has.
    public let unitCount: Int
    /// The highest bit of a word is its first unit. Bits past the last unit are 0.
    private var words: [UInt64]

    /// None of the units.
    public init(unitCount: Int) {
        self.unitCount = unitCount
        words = [UInt64](repeating: 0, count: (unitCount + Self.unitsPerWord - 1) / Self.unitsPerWord)
    }

    /// All of the units.
    public static func all(_ unitCount: Int) -> UnitSet {
        var set = UnitSet(unitCount: unitCount)
        for index in set.words.indices { set.words[index] = .max }
        set.clearPadding()
        return set
    }

    /// The units of a bitmap in the form of ``bytes``. Bits past the end and missing bytes count as 0.
    public init(unitCount: Int, bytes: [UInt8]) {
        self.init(unitCount: unitCount)
        words.withUnsafeMutableBytes { $0.copyBytes(from: bytes.prefix($0.count)) }
        for index in words.indices { words[index] = UInt64(bigEndian: words[index]) }
        clearPadding()
    }

    /// A bitmap in which the highest bit of the first byte is the first unit, as Redis numbers bits.
    public var bytes: [UInt8] {
        words.map(\.bigEndian).withUnsafeBytes { Array($0.prefix((unitCount + 7) / 8)) }
    }

    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    public func contains(_ ordinal: Int) -> Bool { words[ordinal / Self.unitsPerWord] & Self.mask(ordinal) != 0 }

    public mutating func insert(_ ordinal: Int) { words[ordinal / Self.unitsPerWord] |= Self.mask(ordinal) }

    public mutating func remove(_ ordinal: Int) { words[ordinal / Self.unitsPerWord] &= ~Self.mask(ordinal) }

    public func union(_ other: UnitSet) -> UnitSet { combined(with: other, |) }

    public func intersection(_ other: UnitSet) -> UnitSet { combined(with: other, &) }

    /// The units that are in one of the two sets and not in the other.
    public func symmetricDifference(_ other: UnitSet) -> UnitSet { combined(with: other, ^) }

    /// Replaces the units of a part of the sale, which begins at this ordinal.
    public mutating func replace(from first: Int, with part: UnitSet) {
        let isEnd = first + part.unitCount == unitCount
        precondition(
            first % Self.unitsPerWord == 0 && (isEnd || part.unitCount % Self.unitsPerWord == 0),
            "a part consists of whole words")
        let index = first / Self.unitsPerWord
        words.replaceSubrange(index..<index + part.words.count, with: part.words)
    }

    /// The first units from an ordinal on. After the sale's last unit its first ones follow.
    public func ordinals(from start: Int, atMost limit: Int) -> [Int] {
        var ordinals: [Int] = []
        collect(start..<unitCount, atMost: limit, into: &ordinals)
        collect(0..<start, atMost: limit, into: &ordinals)
        return ordinals
    }

    private func collect(_ range: Range<Int>, atMost limit: Int, into ordinals: inout [Int]) {
        var ordinal = range.lowerBound
        while ordinal < range.upperBound, ordinals.count < limit {
            let place = ordinal % Self.unitsPerWord
            let ahead = (words[ordinal / Self.unitsPerWord] << UInt64(place)).leadingZeroBitCount
            ordinal += min(ahead, Self.unitsPerWord - place)
            guard ahead < Self.unitsPerWord, ordinal < range.upperBound else { continue }
            ordinals.append(ordinal)
            ordinal += 1
        }
    }

    private func combined(with other: UnitSet, _ operation: (UInt64, UInt64) -> UInt64) -> UnitSet {
        precondition(unitCount == other.unitCount, "sets of different units")
        var set = self
        for index in words.indices { set.words[index] = operation(words[index], other.words[index]) }
        return set
    }

    private mutating func clearPadding() {
        let used = unitCount % Self.unitsPerWord
        if used != 0 { words[words.count - 1] &= ~(UInt64.max >> UInt64(used)) }
    }

    private static func mask(_ ordinal: Int) -> UInt64 { 1 << UInt64(63 - ordinal % unitsPerWord) }
}
