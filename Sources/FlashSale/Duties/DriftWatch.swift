// Decides which differences between gate and ledger are real, and how to mend each. Pure: bits and states in, mendings
// out.

/// The differences seen so far, and which of them have stood long enough to mend.
///
/// A comparison of all bits finds the units that may differ: they are suspects. A look at the suspects alone finds what
/// each store knows of them, holders included.
///
///     bits differ twice in a row ──┐
///     the ledger doubts the holder ├─► suspect ──looked at──► agrees: no more
///     a look found a difference ───┤                    └──► differs: seen, and mended once it has stood
///     held since before the lease ─┘
///
/// No bit shows that the stores have different holders of a unit. The ledger tells where that may be so, but what it
/// has told a former holder of the duty is lost. So a new one also looks at all units that are held when it begins,
/// some in each run.
///
/// The two stores are read one after the other while buyers go on, so one sighting of a difference proves nothing.
///
/// - A hold that the ledger confirmed to the gate was in the ledger before the gate was read. If the ledger, read
///   later, does not have it, the hold has ended. Its unit is released as soon as any other difference is mended.
/// - A reservation that the ledger does not have may belong to a checkout that still runs. It is released only after
///   twice the time that a request may take. If the gate knows when it was reserved, that time runs from then. So most
///   of it is over when the next instance takes a dead one's duty, and the unit is free within 5 s of the death.
/// - A hold that the gate does not know is told. No fact need be lost for that: while a reservation's record is under
///   way, a rebuild may forget the reservation, or the end of another's hold that displaced it may free its unit.
/// - A sold unit that the gate does not know is told with the hold that was purchased: the holder in the gate need not
///   be the buyer. If the purchase's own fact comes later, it changes nothing.
/// - A unit that only the gate has as sold is the work of someone else, as one without a state is: no fact makes it
///   free. The sale is rebuilt.
///
/// To release a reservation by its age is safe. The age is a difference of two readings of one clock, the gate's. The
/// request sent nothing to the ledger after its deadline, and Postgres ends a statement that takes as long again. So at
/// twice the deadline the reservation is in the ledger or never will be, and the ledger is read after that.
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
    /// The most units in one look. The others have their turn in the next ones.
    static let suspectsMax = 2_000
    /// The most inherited units in one look: a million of them have their turn within half an hour.
    static let inheritedMax = 600
    /// The most units that may differ and are still mended one by one. It is more than there are requests in progress.
    static let differencesMax = 10_000

    /// The units whose bits differ, by the latest comparison; nil before the first.
    private var differing: UnitSet?
    /// How many more units were free in the gate than in the ledger.
    private var surplus = 0
    /// The units whose holder the ledger doubts, and that nobody has looked at since.
    private var doubted: UnitSet
    /// The units that have been held since before the first comparison, and that nobody has looked at since.
    private var inherited: UnitSet
    /// The differences that looks have found, by ordinal.
    private var sightings: [Int: Sighting] = [:]
    /// Where the next look begins, if the last one could not take all suspects.
    private var turn = 0

    init(unitCount: Int) {
        doubted = UnitSet(unitCount: unitCount)
        inherited = .all(unitCount)
    }

    /// Notes that the gate may show another holder of a unit than the ledger.
    mutating func doubt(_ ordinal: Int) { doubted.insert(ordinal) }

    /// Compares the bits and returns the units to look at; nil if too many differ to be mended one by one.
    ///
    /// The first comparison suspects every difference: the last holder of the duty may have left it.
    mutating func suspects(gate: StockBits, ledger: StockBits) -> [Int]? {
        let now = gate.differences(from: ledger)
        var standing = differing?.intersection(now) ?? now
        differing = now
        surplus = gate.free.count - ledger.free.count
        guard standing.count <= Self.differencesMax else { return nil }
        for ordinal in sightings.keys { standing.insert(ordinal) }
        var suspects = standing.ordinals(from: turn, atMost: Self.suspectsMax)
        turn = suspects.count == Self.suspectsMax ? suspects[suspects.count - 1] + 1 : 0
        // A holder that differs does less harm than a state that differs.
        suspects += doubted.ordinals(from: 0, atMost: Self.suspectsMax - suspects.count)
            .filter { !standing.contains($0) }
        if !inherited.isEmpty {
            inherited = inherited.intersection(gate.held).intersection(ledger.held)
            suspects += inherited.ordinals(from: 0, atMost: min(Self.inheritedMax, Self.suspectsMax - suspects.count))
                .filter { !standing.contains($0) && !doubted.contains($0) }
        }
        return suspects
    }

    /// Judges units that were looked at, and returns what to mend now.
    mutating func judge(
        _ ordinals: [Int], gate: [UnitState], ledger: [UnitState], at now: ContinuousClock.Instant
    ) -> [Mending] {
        var due: [Mending] = []
        for (ordinal, (known, truth)) in zip(ordinals, zip(gate, ledger)) {
            doubted.remove(ordinal)
            inherited.remove(ordinal)
            guard let mending = Self.mending(gate: known, ledger: truth) else {
                sightings[ordinal] = nil
                continue
            }
            let earlier = sightings[ordinal].flatMap { $0.mending == mending ? $0.since : nil } ?? now
            let sighting = Sighting(mending, seen: earlier, at: now, reservedFor: known.reservedFor)
            sightings[ordinal] = sighting
            if now >= sighting.due { due.append(mending) }
        }
        return due
    }

    /// The units that differ; negative if the gate has fewer free ones.
    ///
    /// It counts units and does not compare totals: a unit that is free only in the gate and one that is free only in
    /// the ledger count as two. A unit whose holders differ counts too, which no bit shows.
    var drift: Int {
        guard let differing else { return 0 }
        let units = differing.count + sightings.keys.count { !differing.contains($0) }
        return surplus < 0 ? -units : units
    }

    private static func mending(gate: UnitState, ledger: UnitState) -> Mending? {
        switch (gate, ledger) {
        case (.free, .free), (.sold, .sold): nil
        case (.held(let known, _), .held(let hold, _)): known.code == hold.code ? nil : .tell(.held(hold))
        case (.free, .held(let hold, _)): .tell(.held(hold))
        case (.held(let known, _), .free): .tell(.released(known))
        case (.free, .sold(let hold?)), (.held, .sold(let hold?)): .tell(.sold(hold))
        case (.sold, _), (_, .sold), (.unknown, _), (_, .unknown): .rebuild
        }
    }
}

extension UnitState {
    fileprivate var reservedFor: Duration? {
        if case .held(_, let age) = self { age } else { nil }
    }
}
