// The differences between gate and ledger for one sale, in one read of both.

/// The differences of one sale. Each names what both stores say, so the same line in two reads is the same difference.
struct GateReading: Sendable {
    /// The most differences of a kind that are kept: a gate that is wrong everywhere need not be listed in full.
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

    /// The differences that a later reading shows too.
    func confirmed(by later: GateReading) -> GateReading {
        var both = self
        // The reason may change while the gate is still not loaded.
        both.missing = missing.isEmpty ? [] : later.missing
        both.units.formIntersection(later.units)
        both.buyers.formIntersection(later.buyers)
        return both
    }
}
