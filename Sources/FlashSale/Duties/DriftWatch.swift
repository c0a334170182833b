// Decides which differences between gate and ledger are real and how each is mended. Pure: snapshots in, mendings out.

/// What comparisons found so far, and what of it has stood long enough to be mended.
///
/// The two stores are read one after the other while buyers go on, so a difference proves nothing until it was there
/// twice. A reservation that the ledger does not know may be a checkout under way: it is freed only after twice the
/// time that any request may take. A sale that the gate was never told of is not told now: who bought, the units do not
/// say, and whoever holds the unit in the gate need not be the buyer.
struct DriftWatch {
    enum Mending: Hashable {
        case tell(GateFact)
        /// No fact that is known here would mend it: load the gate anew.
        case rebuild

        /// How long the difference must have stood.
        var patience: Duration {
            switch self {
            case .tell(.released): Limits.requestDeadline * 2
            case .tell, .rebuild: .seconds(1)
            }
        }
    }

    private struct Sighting {
        let mending: Mending
        let since: ContinuousClock.Instant
    }

    /// The differences of the last comparison of each window, by ordinal.
    private var sightings: [Int32: [Int: Sighting]] = [:]

    /// Takes in a comparison of a window of items and returns what is to be done now.
    ///
    /// - Parameter firstItem: which window it is.
    mutating func compare(
        ledger: StockSnapshot, gate: StockSnapshot, firstItem: Int32, unit: (Int) -> Unit,
        at now: ContinuousClock.Instant
    ) -> [Mending] {
        let before = sightings[firstItem] ?? [:]
        var current: [Int: Sighting] = [:]
        var due: [Mending] = []
        for ordinal in ledger.ordinalsToCompare(with: gate) {
            guard let mending = Self.mending(at: ordinal, ledger: ledger, gate: gate, unit: unit) else { continue }
            let earlier = before[ordinal].flatMap { $0.mending == mending ? $0 : nil }
            let sighting = earlier ?? Sighting(mending: mending, since: now)
            current[ordinal] = sighting
            if now - sighting.since >= mending.patience { due.append(mending) }
        }
        sightings[firstItem] = current
        return due
    }

    /// Forgets all sightings: at a new sale.
    mutating func reset() { sightings = [:] }

    private static func mending(
        at ordinal: Int, ledger: StockSnapshot, gate: StockSnapshot, unit: (Int) -> Unit
    ) -> Mending? {
        let known = gate.held[ordinal]
        if ledger.isSold(ordinal) != gate.isSold(ordinal) { return .rebuild }
        if ledger.isSold(ordinal) { return nil }
        if let hold = ledger.held[ordinal] {
            return known?.code == hold.code ? nil : .tell(.held(hold))
        }
        if gate.isFree(ordinal) { return nil }
        return known.map { .tell(.released($0)) } ?? .rebuild
    }
}
