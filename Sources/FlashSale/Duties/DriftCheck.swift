// The drift check's duty: makes gate and ledger agree again where a fact was lost between them.

public import Telemetry

/// Compares the gate with the ledger and mends the gate, never the ledger.
///
/// A run looks at one window of the sale, and ``DriftRounds`` says at which: one look finds a difference, and another
/// mends it if it still stands. How soon that is depends on how long it takes to look at the whole sale: a difference
/// is found within twice that time, or 2 s if that is more, and mended a second later. While buyers keep every window
/// busy, each is looked at twice as often, and it may be five times that time. So the 5 s of the design are kept where
/// the sale is looked at in a second, and a larger sale takes longer: docs/FAULTS.md has figures.
public actor DriftCheck {
    /// How often the check runs, if it does not ask for less.
    public static let interval = DriftRounds.intervalMin
    /// The most units of several items in one window: no connection is held for longer than a look at them takes.
    public static let unitsPerWindow: Int32 = 20_000
    /// How old the ledger's word may be when the gate is told, for each ``unitsPerWindow`` units that had to be read.
    static let factAgeMax = Duration.seconds(1)
    /// How soon a rebuild that was asked for is looked at: one that was refused has to be asked for again.
    static let pauseAfterRebuild = Duration.milliseconds(500)

    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let unitsPerWindow: Int32
    private let now: @Sendable () -> ContinuousClock.Instant
    private var watch = DriftWatch()
    private var rounds = DriftRounds()
    private var sale: SaleID?
    private var lastFence: FencingNumber?

    /// - Parameter now: the clock by which differences stand.
    public init(
        board: SaleBoard, gate: any SaleGate, ledger: any SaleLedger, rebuild: @escaping @Sendable (Sale) -> Void,
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
    /// It writes to the gate alone, which checks no fence, so that the age of what it writes has to do instead. Who is
    /// stopped between the ledger's answer and the gate may wake when the duty is another's and the unit has been freed
    /// since: his stale fact would take it from sale once more. So facts are dropped that are older than
    /// ``factAgeMax``, and found again by whoever has the duty. A stop after that look at the clock is not seen: it
    /// costs no buyer his unit, for the ledger has the last word, and the next look mends it. A rebuild has a fence of
    /// its own.
    ///
    /// - Parameter fence: tells a new hold of the duty from the last one.
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
        // The gate first: what it learns between the two reads, the ledger has known before.
        guard let known = await gate.snapshot(of: sale, items: items) else {
            rebuild(sale)
            return .done
        }
        let seen: ContinuousClock.Instant
        let mendings: [DriftWatch.Mending]
        let asked = now()
        do {
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
        guard !facts.isEmpty, now() <= deadline, await gate.settle(facts, of: sale, unlocking: nil) else { return }
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
    /// How many windows of so many units it would fill: more than one if it is of an item that is larger.
    fileprivate func windowCount(of units: Int32) -> Int { max(1, (unitCount + Int(units) - 1) / Int(units)) }
}
