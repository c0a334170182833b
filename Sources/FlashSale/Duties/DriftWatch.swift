// Decides which differences between gate and ledger are real and how each is mended. Pure: snapshots in, mendings out.

/// What comparisons found so far, and what of it has stood long enough to be mended.
///
/// The two stores are read one after the other while buyers go on, so a difference proves nothing until it was there
/// twice. A hold that the gate knows to be confirmed was in the ledger before the gate was read; where the ledger, read
/// later, does not have it, it has ended, and its unit is freed as soon as any other difference is mended. Of a
/// reservation that the ledger does not know the checkout may be under way: it is freed only after twice the time that
/// any request may take. That time runs from the moment of the reservation where the gate tells it: what a dead
/// instance left has mostly served it when the next one takes the duty, and is gone within 5 s of the death.
///
/// Freeing a reservation so is safe. The age is a difference of two readings of one clock, the gate's. The request that
/// reserved sent nothing to the ledger after its deadline, and Postgres ends a statement that takes as long again:
/// before the age of twice the deadline the reservation is in the ledger or will never be. The ledger's snapshot is
/// read after that age was seen, so it shows what there is to know. Were the clock set forward meanwhile, a reservation
/// could be freed under a checkout that goes on: then the ledger decides between two buyers, as it always does, and the
/// fact of its decision holds the unit in the gate again. No unit is sold twice, none is refused while it is free.
///
/// A sale that the gate was never told of is not told now: who bought, the units do not
/// say, and whoever holds the unit in the gate need not be the buyer.
struct DriftWatch {
    enum Mending: Hashable {
        case tell(GateFact)
        /// No fact that is known here would mend it: load the gate anew.
        case rebuild
    }

    private struct Sighting {
        let mending: Mending
        let since: ContinuousClock.Instant
        let due: ContinuousClock.Instant

        /// - Parameter age: for how long the gate has waited for the ledger's word; nil if it has had it.
        init(
            _ mending: Mending, seen earlier: ContinuousClock.Instant, at now: ContinuousClock.Instant,
            reservedFor age: Duration?
        ) {
            self.mending = mending
            if case .tell(.released) = mending, let age {
                since = min(earlier, now - age)
                due = since + DriftWatch.patienceWithReservations
            } else {
                since = earlier
                due = since + DriftWatch.patience
            }
        }
    }

    /// How long a difference stands before it counts, unless it is a reservation.
    static let patience = Duration.seconds(1)
    /// How long a reservation stands without a word of the ledger before it is freed.
    static let patienceWithReservations = Limits.requestDeadline * 2

    /// The last comparison of a window.
    private struct Window {
        /// The differences, by ordinal.
        let sightings: [Int: Sighting]
        let comparedAt: ContinuousClock.Instant
        /// How many more units are free in the gate than in the ledger.
        let surplus: Int
    }

    /// The windows by their first item.
    private var windows: [Int32: Window] = [:]

    /// Takes in a comparison of a window of items and returns what is to be done now.
    ///
    /// - Parameter firstItem: which window it is.
    mutating func compare(
        ledger: StockSnapshot, gate: StockSnapshot, firstItem: Int32, unit: (Int) -> Unit,
        at now: ContinuousClock.Instant
    ) -> [Mending] {
        let before = windows[firstItem]?.sightings ?? [:]
        var current: [Int: Sighting] = [:]
        var due: [Mending] = []
        for ordinal in ledger.ordinalsToCompare(with: gate) {
            guard let mending = Self.mending(at: ordinal, ledger: ledger, gate: gate, unit: unit) else { continue }
            let earlier = before[ordinal].flatMap { $0.mending == mending ? $0.since : nil } ?? now
            let sighting = Sighting(mending, seen: earlier, at: now, reservedFor: gate.reservedFor[ordinal])
            current[ordinal] = sighting
            if now >= sighting.due { due.append(mending) }
        }
        windows[firstItem] = Window(
            sightings: current, comparedAt: now, surplus: gate.count.free - ledger.count.free)
        return due
    }

    /// When the first difference of a window's last comparison comes due that was not; nil if there is none.
    ///
    /// - Parameter moment: what was first seen later than this is not asked about.
    func due(in firstItem: Int32, seenBy moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let window = windows[firstItem] else { return nil }
        return window.sightings.values.lazy.filter { $0.since <= moment && $0.due > window.comparedAt }.map(\.due).min()
    }

    /// The units that differ, by the last comparison of every window; negative if the gate has fewer free ones.
    ///
    /// It counts units instead of comparing totals: one that is free in the gate alone and one that is free in the
    /// ledger alone are two, and not none. One whose holders differ, which no total shows, is one.
    var drift: Int {
        let units = windows.values.reduce(0) { $0 + $1.sightings.count }
        return windows.values.reduce(0) { $0 + $1.surplus } < 0 ? -units : units
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
