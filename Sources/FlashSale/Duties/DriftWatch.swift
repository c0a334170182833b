// Decides which differences between gate and ledger are real and how each is mended. Pure: snapshots in, mendings out.

/// What comparisons found so far, and what of it has stood long enough to be mended.
///
/// The two stores are read one after the other while buyers go on, so a difference proves nothing until it was there
/// twice. A reservation that the ledger does not know may be a checkout under way: it is freed only after twice the
/// time that any request may take. That time runs from the moment of the reservation where the gate tells it: what a
/// dead instance left has mostly served it when the next one takes the duty, and is gone within 5 s of the death.
///
/// Freeing it so is safe. The age is a difference of two readings of one clock, the gate's. The request that reserved
/// sent nothing to the ledger after its deadline, and Postgres ends a statement that takes as long again: before the
/// age of twice the deadline the reservation is in the ledger or will never be. The ledger's snapshot is read after
/// that age was seen, so it shows what there is to know. Were the clock set forward meanwhile, a reservation could be
/// freed under a checkout that goes on: then the ledger decides between two buyers, as it always does, and the fact of
/// its decision holds the unit in the gate again. No unit is sold twice, none is refused while it is free.
///
/// A sale that the gate was never told of is not told now: who bought, the units do not
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
            case .tell, .rebuild: DriftWatch.patience
            }
        }
    }

    private struct Sighting {
        let mending: Mending
        let since: ContinuousClock.Instant

        var due: ContinuousClock.Instant { since + mending.patience }
    }

    /// How long a difference stands before it counts, unless it is a reservation.
    static let patience = Duration.seconds(1)
    /// The shortest pause before a look ahead of its time.
    static let pauseMin = Duration.milliseconds(100)

    /// The differences of the last comparison of each window, by ordinal.
    private var sightings: [Int32: [Int: Sighting]] = [:]
    /// Until when all that was seen at the first look has come due.
    private var isNewUntil: ContinuousClock.Instant?
    /// When the first difference of the last comparison comes due that was not yet; nil if there is none.
    private var nextDue: ContinuousClock.Instant?
    /// The same of reservations that the ledger does not know.
    private var nextRelease: ContinuousClock.Instant?

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
        if isNewUntil == nil { isNewUntil = now + Self.patience }
        nextDue = nil
        nextRelease = nil
        for ordinal in ledger.ordinalsToCompare(with: gate) {
            guard let mending = Self.mending(at: ordinal, ledger: ledger, gate: gate, unit: unit) else { continue }
            let earlier = before[ordinal].flatMap { $0.mending == mending ? $0.since : nil } ?? now
            let sighting = Sighting(mending: mending, since: min(earlier, now - gate.age(of: ordinal, for: mending)))
            current[ordinal] = sighting
            if now >= sighting.due {
                due.append(mending)
            } else {
                nextDue = min(nextDue ?? sighting.due, sighting.due)
                if case .tell(.released) = mending { nextRelease = min(nextRelease ?? sighting.due, sighting.due) }
            }
        }
        sightings[firstItem] = current
        return due
    }

    /// How long until the next look, if the regular run would be late: nil if it would not.
    ///
    /// What the last holder of the duty left is looked at again as soon as it has stood long enough, however many
    /// reservations come of age meanwhile; later on only they are waited for.
    func pause(at now: ContinuousClock.Instant) -> Duration? {
        let isNew = isNewUntil.map { now < $0 } ?? false
        return (isNew ? nextDue : nextRelease).map { max(Self.pauseMin, $0 - now) }
    }

    /// Forgets all sightings: at a new sale, and when the duty is taken.
    mutating func reset() {
        self = DriftWatch()
    }

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

extension StockSnapshot {
    /// How long a difference is known to stand before it was seen at all.
    fileprivate func age(of ordinal: Int, for mending: DriftWatch.Mending) -> Duration {
        if case .tell(.released) = mending { reservedFor[ordinal] ?? .zero } else { .zero }
    }
}
