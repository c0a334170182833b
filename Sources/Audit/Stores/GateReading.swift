// How gate and ledger differ over one sale, as one read of both has seen it.

/// The differences of one sale. They name what either store says, so that the same line twice is the same difference.
struct GateReading: Sendable {
    /// The most differences of a kind that are kept: a gate that is all wrong need not be listed whole.
    static let differencesMax = 10_000

    /// Why the sale is not loaded, in a sentence; empty if it is.
    private(set) var missing: Set<String> = []
    private(set) var units: Set<String> = []
    private(set) var buyers: Set<String> = []

    init() {}

    init(missing sentence: String) {
        missing = [sentence]
    }

    var isLoaded: Bool { missing.isEmpty }

    var isClean: Bool { missing.isEmpty && units.isEmpty && buyers.isEmpty }

    mutating func addUnit(_ difference: @autoclosure () -> String) {
        if units.count < Self.differencesMax { units.insert(difference()) }
    }

    mutating func addBuyer(_ difference: @autoclosure () -> String) {
        if buyers.count < Self.differencesMax { buyers.insert(difference()) }
    }

    /// What a later reading shows as well.
    func confirmed(by later: GateReading) -> GateReading {
        var both = self
        // Why it is not loaded may change while it still is not.
        both.missing = missing.isEmpty ? [] : later.missing
        both.units.formIntersection(later.units)
        both.buyers.formIntersection(later.buyers)
        return both
    }
}
