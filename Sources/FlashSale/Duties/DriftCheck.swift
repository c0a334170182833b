// The drift check's duty: makes gate and ledger agree again after a fact was lost between them.

public import Telemetry

/// Compares the gate with the ledger and mends the gate, never the ledger.
///
/// A run looks at one window of the sale; ``DriftRounds`` chooses it. One look finds a difference, and a later look
/// mends it if it still stands. How soon depends on the time T that a look at the whole sale takes: a difference is
/// found within 2 T, or 2 s if that is more, and mended a second later. While buyers keep every window busy, each
/// window is looked at twice as often, and mending may take 5 T. So a sale with a T of one second is mended within 5 s,
/// and a larger one takes longer: docs/FAULTS.md has figures.
public actor DriftCheck {
    /// How often the check runs, unless it asks for a shorter pause.
    public static let interval = DriftRounds.intervalMin
    /// The most units of several items in one window, so that a look holds a connection only for a short time.
    public static let unitsPerWindow: Int32 = 20_000
    /// How old the ledger's snapshot may be when the gate is told, for each ``unitsPerWindow`` units of it.
    static let factAgeMax = Duration.seconds(1)
    /// The pause before the look after a rebuild was asked for: a refused one has to be asked for again.
    static let pauseAfterRebuild = Duration.milliseconds(500)

    private let board: SaleBoard
    private let gate: any GateUpkeep
    private let ledger: any LedgerUpkeep
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let unitsPerWindow: Int32
    private let now: @Sendable () -> ContinuousClock.Instant
    private var watch = DriftWatch()
    private var rounds = DriftRounds()
    private var sale: SaleID?
    private var lastFence: FencingNumber?

    /// - Parameter now: the clock that measures how long a difference stands.
    public init(
        board: SaleBoard, gate: any GateUpkeep, ledger: any LedgerUpkeep, rebuild: @escaping @Sendable (Sale) -> Void,
        instruments: SaleInstruments, unitsPerWindow: Int32 = DriftCheck.unitsPerWindow,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.board = board
        self.gate = gate
        self.ledger = ledger
        self.rebuild = rebuild
        self.instruments = instruments
        self.unitsPerWindow = unitsPerWindow
        self.now = now
    }

    /// One run of the duty.
    ///
    /// A run writes only to the gate, which checks no fence; the age of a fact guards instead. An instance that is
    /// stopped between the ledger's snapshot and the gate may go on when another has the duty and the unit has become
    /// free: its stale fact would take the unit from sale again. So facts older than ``factAgeMax`` are dropped, and
    /// the holder of the duty finds the difference again. A stop after the check of the age is not noticed. It costs no
    /// buyer a unit, because the ledger has the last word, and the next look mends it. A rebuild has its own fence.
    ///
    /// - Parameter fence: tells a new lease of the duty from the one before.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        guard let sale = board.active() else { return .done }
        let start = now()
        if self.sale != sale.id || lastFence != fence {
            self.sale = sale.id
            lastFence = fence
            watch = DriftWatch()
            rounds = DriftRounds(of: sale, unitsPerWindow: unitsPerWindow, at: start)
        }
        let began = MonotonicTime.now
        let items = rounds.next()
        // The gate first: whatever it learns between the two reads, the ledger has committed before.
        guard let known = await gate.snapshot(of: sale, items: items) else {
            rebuild(sale)
            return .done
        }
        let seen: ContinuousClock.Instant
        let mendings: [DriftWatch.Mending]
        let asked = now()
        do throws(LedgerFailure) {
            let truth = try await ledger.snapshot(of: sale, items: items)
            seen = now()
            mendings = compare(truth, known, of: sale, items: items, at: seen)
            await mend(mendings, of: sale, until: asked + Self.factAgeMax * truth.windowCount(of: unitsPerWindow))
            instruments.saleReconciliationRunsTotal.increment(mendings.isEmpty ? .ok : .drift)
        } catch {
            instruments.saleReconciliationRunsTotal.increment(.error)
            throw error
        }
        instruments.saleReconciliationDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: began))
        if let now = board.now() {
            instruments.saleReconciliationLastSuccessTimestampSeconds.set(Double(now.microseconds) / 1e6)
        }
        let regular = rounds.looked(from: start, to: seen)
        let isRebuilding = mendings.contains(.rebuild)
        if let due = isRebuilding ? seen + Self.pauseAfterRebuild : watch.due(in: items.lowerBound, seenBy: regular) {
            rounds.lookAgain(at: due, after: seen)
        }
        let end = now()
        return .again(after: rounds.pause(at: end, after: end - start))
    }

    private func compare(
        _ truth: StockSnapshot, _ known: StockSnapshot, of sale: Sale, items: ClosedRange<Int32>,
        at seen: ContinuousClock.Instant
    ) -> [DriftWatch.Mending] {
        let offset = sale.ordinal(of: Unit(item: items.lowerBound, number: 1))
        let mendings = watch.compare(
            ledger: truth, gate: known, firstItem: items.lowerBound, unit: { sale.unit(at: offset + $0) }, at: seen)
        instruments.saleStockDriftItems.set(watch.drift, .redisVersusRows)
        return mendings
    }

    private func mend(
        _ mendings: [DriftWatch.Mending], of sale: Sale, until deadline: ContinuousClock.Instant
    ) async {
        if mendings.contains(.rebuild) {
            rebuild(sale)
            return
        }
        let facts = mendings.compactMap { mending -> GateFact? in
            if case .tell(let fact) = mending { fact } else { nil }
        }
        guard !facts.isEmpty, now() <= deadline, await gate.tell(facts, of: sale) else { return }
        for fact in facts {
            if case .released = fact {
                instruments.saleReconciliationCorrectionsTotal.increment(.up)
            } else {
                instruments.saleReconciliationCorrectionsTotal.increment(.down)
            }
        }
    }
}

extension StockSnapshot {
    /// How many windows of so many units it fills: more than one if an item has more units than a window.
    fileprivate func windowCount(of units: Int32) -> Int { max(1, (unitCount + Int(units) - 1) / Int(units)) }
}
