// The drift check of one sale: makes gate and ledger agree again after a fact was lost between them.

import Telemetry

/// Compares the gate with the ledger and mends the gate, never the ledger.
///
/// A run costs what has moved: it reads the changes that the ledger has noted since the last run, and the gate's bits,
/// and looks only at units that seem to differ. `LedgerMirror` keeps the ledger's bits, `DriftWatch` decides. Runs
/// are a second apart: the first shows a difference, the second finds what it is, the third mends it. So if a run takes
/// half a second at most, a difference is mended within 5 s of the fault's end, whatever the size of the sale.
///
/// Trust rule of the changes: only a holder of this duty has them deleted, under its fence. A new holder first has all
/// of them deleted and reads the sale's units after that, so it misses none: what was deleted had been committed before
/// it read. From then on the ledger deletes only what this holder has read. A former holder that goes on is told that
/// it is stale, and deletes nothing. If the outcome of a call is lost, the same page is sent again: what it names is
/// gone, and what follows it is still there.
actor SaleComparison {
    /// How old the ledger's word on a unit may be when the gate is told.
    static let factAgeMax = Duration.seconds(1)
    /// The pause before the run after a rebuild was asked for: a refused one has to be asked for again.
    static let pauseAfterRebuild = Duration.milliseconds(500)

    private let gate: any GateUpkeep
    private let ledger: any LedgerUpkeep
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let noteDrift: @Sendable (Int, Sale) -> Void
    private let unitsPerSlice: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private var last: Sale?
    private var lastFence: FencingNumber?
    private var mirror = LedgerMirror(unitCount: 0)
    private var watch = DriftWatch(unitCount: 0)
    /// The changes that were read last; nil before the ledger has forgotten those of the time before this lease.
    private var page: ChangePage?

    /// - Parameters:
    ///   - unitsPerSlice: the units that one reading of the ledger has: a multiple of `UnitSet.unitsPerWord`.
    ///   - now: the clock that measures how long a difference stands.
    ///   - noteDrift: hears after each comparison how many units differ.
    init(
        gate: any GateUpkeep, ledger: any LedgerUpkeep, rebuild: @escaping @Sendable (Sale) -> Void,
        instruments: SaleInstruments, unitsPerSlice: Int, now: @escaping @Sendable () -> ContinuousClock.Instant,
        noteDrift: @escaping @Sendable (Int, Sale) -> Void
    ) {
        self.gate = gate
        self.ledger = ledger
        self.rebuild = rebuild
        self.instruments = instruments
        self.noteDrift = noteDrift
        self.unitsPerSlice = unitsPerSlice
        self.now = now
    }

    /// One run of the duty.
    ///
    /// The gate checks no fence; the age of a fact guards instead. An instance that is stopped between its look at the
    /// ledger and the gate may go on when another has the duty and the unit has become free: its stale fact would take
    /// the unit from sale again. So facts older than `factAgeMax` are dropped, and the holder of the duty finds the
    /// difference again. A stop after the check of the age is not noticed. It costs no buyer a unit, because the ledger
    /// has the last word, and the next run mends it. A rebuild has its own fence.
    func tick(_ sale: Sale, _ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        // An operator may have changed the stock: then every ordinal is another unit's.
        if last?.id != sale.id || last?.stockPerItem != sale.stockPerItem || last?.itemCount != sale.itemCount
            || lastFence != fence
        {
            (last, lastFence) = (sale, fence)
            mirror = LedgerMirror(unitCount: sale.unitCount, unitsPerSlice: unitsPerSlice)
            watch = DriftWatch(unitCount: sale.unitCount)
            page = nil
        }
        do throws(LedgerFailure) {
            return try await compare(sale, fence)
        } catch {
            instruments.saleReconciliationRunsTotal.increment(.error)
            throw error
        }
    }

    private func compare(_ sale: Sale, _ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        let began = MonotonicTime.now
        if page == nil {
            guard try await readChanges(of: sale, fence) else { return .stale }
        }
        let wasWhole = mirror.isWhole
        try await readSlices(of: sale)
        // The gate before the changes: whatever it has learned, the ledger has committed before.
        let known = await gate.stock(of: sale)
        guard try await readChanges(of: sale, fence) else { return .stale }
        guard let known else { return await rebuildIfLost(sale) }
        let suspects = watch.suspects(gate: known, ledger: mirror.stock)
        guard let suspects else {
            note([.rebuild], of: sale, since: began)
            // The mirror may be wrong as well as the gate, and to read the ledger again is in no buyer's way.
            if wasWhole {
                mirror.startOver()
                return .again(after: .zero)
            }
            rebuild(sale)
            return .again(after: Self.pauseAfterRebuild)
        }
        guard let mendings = try await mend(suspects, of: sale) else { return await rebuildIfLost(sale) }
        note(mendings, of: sale, since: began)
        guard mendings.contains(.rebuild) else { return .done }
        rebuild(sale)
        return .again(after: Self.pauseAfterRebuild)
    }

    /// The gate told nothing. That it did not answer in time is no reason to load it again.
    private func rebuildIfLost(_ sale: Sale) async -> DutyOutcome {
        if await gate.hasLost(sale) { rebuild(sale) }
        return .done
    }

    private func readSlices(of sale: Sale) async throws(LedgerFailure) {
        while true {
            let start = now()
            guard let slice = mirror.slice(at: start) else { return }
            let part = try await ledger.stock(of: sale, units: slice)
            mirror.take(part, of: slice, from: start, to: now())
        }
    }

    /// Reads the changes to their end. Returns false if another instance has the duty.
    private func readChanges(of sale: Sale, _ fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        while true {
            guard case .read(let next) = try await ledger.changes(of: sale, after: page, fence: fence) else {
                return false
            }
            page = next
            for change in next.changes {
                mirror.take(change, of: sale)
                guard change.kind == .doubted else { continue }
                for unit in change.units { watch.doubt(sale.ordinal(of: unit)) }
            }
            if !next.isFull { return true }
        }
    }

    /// Looks at units and tells the gate what it lacks. Returns what was due; nil if the gate did not reply.
    private func mend(_ suspects: [Int], of sale: Sale) async throws(LedgerFailure) -> [DriftWatch.Mending]? {
        guard !suspects.isEmpty else { return [] }
        guard let known = await gate.units(suspects, of: sale) else { return nil }
        let deadline = now() + Self.factAgeMax
        let truth = try await ledger.units(suspects, of: sale)
        for (ordinal, state) in zip(suspects, truth) { mirror.take(state, of: ordinal) }
        let mendings = watch.judge(suspects, gate: known, ledger: truth, at: now())
        let facts = mendings.compactMap { mending -> GateFact? in
            if case .tell(let fact) = mending { fact } else { nil }
        }
        // A rebuild tells the gate everything.
        guard facts.count == mendings.count, !facts.isEmpty, now() <= deadline, await gate.tell(facts, of: sale) else {
            return mendings
        }
        for fact in facts {
            if case .released = fact {
                instruments.saleReconciliationCorrectionsTotal.increment(.up)
            } else {
                instruments.saleReconciliationCorrectionsTotal.increment(.down)
            }
        }
        return mendings
    }

    /// Notes a run that compared.
    private func note(_ mendings: [DriftWatch.Mending], of sale: Sale, since began: MonotonicTime) {
        instruments.saleReconciliationDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: began))
        instruments.saleReconciliationRunsTotal.increment(mendings.isEmpty ? .ok : .drift)
        noteDrift(watch.drift, sale)
    }
}
