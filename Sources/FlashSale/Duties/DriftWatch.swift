// Decides which differences between gate and ledger are real, and how to mend each. Pure: snapshots in, mendings out.

/// The differences seen so far, and which of them have stood long enough to mend.
///
/// The two stores are read one after the other while buyers go on, so one sighting of a difference proves nothing.
///
/// - A hold that the ledger confirmed to the gate was in the ledger before the gate was read. If the ledger, read
///   later, does not have it, the hold has ended. Its unit is released as soon as any other difference is mended.
/// - A reservation that the ledger does not have may belong to a checkout that still runs. It is released only after
///   twice the time that a request may take. If the gate knows when it was reserved, that time runs from then. So most
///   of it is over when the next instance takes a dead one's duty, and the unit is free within 5 s of the death.
/// - A sold unit that the gate does not know is not told: the units do not say who bought it, and the holder in the
///   gate need not be the buyer. The sale is rebuilt.
///
/// To release a reservation by its age is safe. The age is a difference of two readings of one clock, the gate's. The
/// request sent nothing to the ledger after its deadline, and Postgres ends a statement that takes as long again. So at
/// twice the deadline the reservation is in the ledger or never will be, and the ledger's snapshot is read after that.
/// If the clock is set forward, a reservation may be released while its checkout still runs. Then the ledger decides
/// between two buyers, as it always does, and the fact of its decision holds the unit in the gate again. No unit is
/// sold twice, and none is refused while it is free.
struct DriftWatch {
    enum Mending: Hashable {
        case tell(GateFact)
        /// No fact that is known here would mend it: rebuild the sale.
        case rebuild
    }

    private struct Sighting {
        let mending: Mending
        let since: ContinuousClock.Instant
        let due: ContinuousClock.Instant

        /// - Parameter age: how long ago the unit was reserved, if the ledger has not confirmed it; else nil.
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

    /// How long a difference stands before it is mended, unless it is a reservation.
    static let patience = Duration.seconds(1)
    /// How long an unconfirmed reservation stands before it is released.
    static let patienceWithReservations = Limits.requestDeadline * 2

    /// The latest comparison of a window.
    private struct Window {
        /// The differences, by ordinal.
        let sightings: [Int: Sighting]
        let comparedAt: ContinuousClock.Instant
        /// How many more units are free in the gate than in the ledger.
        let surplus: Int
    }

    /// The windows by their first item.
    private var windows: [Int32: Window] = [:]

    /// Compares a window of items and returns what to mend now.
    ///
    /// - Parameter firstItem: identifies the window.
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

    /// When the next difference of a window's latest comparison comes due; nil if there is none.
    ///
    /// - Parameter moment: differences first seen later than this do not count.
    func due(in firstItem: Int32, seenBy moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let window = windows[firstItem] else { return nil }
        return window.sightings.values.lazy.filter { $0.since <= moment && $0.due > window.comparedAt }.map(\.due).min()
    }

    /// The units that differ, by the latest comparison of every window; negative if the gate has fewer free ones.
    ///
    /// It counts units and does not compare totals: a unit that is free only in the gate and one that is free only in
    /// the ledger count as two. A unit whose holders differ counts too, which no total shows.
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
