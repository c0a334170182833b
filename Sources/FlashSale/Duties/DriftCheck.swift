// The drift check's duty: makes gate and ledger agree again where a fact was lost between them.

public import Telemetry

/// Compares the gate with the ledger and mends the gate, never the ledger.
///
/// Who takes the duty over looks a second time as soon as what he found has stood long enough, and whoever has it looks
/// again when a forgotten reservation comes of age, or when a rebuild that he asked for should have helped: so the 5 s
/// are met in which a fault's traces must be gone. With buyers at work there is always some difference younger than
/// that, which waits for the regular run.
///
/// A sale of up to ``unitsPerTick`` units is compared whole at every run, a larger one window by window.
public actor DriftCheck {
    /// How often the check runs.
    public static let interval = Duration.seconds(2)
    /// The most units compared in one run.
    static let unitsPerTick: Int32 = 100_000
    /// How soon a rebuild that was asked for is looked at: one that was refused has to be asked for again.
    static let pauseAfterRebuild = Duration.milliseconds(500)

    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private var watch = DriftWatch()
    private var sale: SaleID?
    private var nextItem: Int32 = 1
    private var lastFence: FencingNumber?

    public init(
        board: SaleBoard, gate: any SaleGate, ledger: any SaleLedger, rebuild: @escaping @Sendable (Sale) -> Void,
        instruments: SaleInstruments
    ) {
        self.board = board
        self.gate = gate
        self.ledger = ledger
        self.rebuild = rebuild
        self.instruments = instruments
    }

    /// One run of the duty. It only writes to the gate, whose facts need no fence: the ledger has committed them.
    ///
    /// - Parameter fence: tells a new hold of the duty from the last one.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        guard let sale = board.active() else { return .done }
        if self.sale != sale.id || lastFence != fence {
            self.sale = sale.id
            lastFence = fence
            watch.reset()
            nextItem = 1
        }
        let start = MonotonicTime.now
        let items = window(of: sale)
        // The gate first: what it learns between the two reads, the ledger has known before.
        guard let known = await gate.snapshot(of: sale, items: items) else {
            rebuild(sale)
            return .done
        }
        let mendings: [DriftWatch.Mending]
        do {
            let truth = try await ledger.snapshot(of: sale, items: items)
            mendings = compare(truth, known, of: sale, items: items)
            await mend(mendings, of: sale)
            instruments.saleReconciliationRunsTotal.increment(mendings.isEmpty ? .ok : .drift)
        } catch {
            instruments.saleReconciliationRunsTotal.increment(.error)
            throw error
        }
        instruments.saleReconciliationDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start))
        if let now = board.now() {
            instruments.saleReconciliationLastSuccessTimestampSeconds.set(Double(now.microseconds) / 1e6)
        }
        if mendings.contains(.rebuild) { return .again(after: Self.pauseAfterRebuild) }
        return watch.pause(at: .now).map { .again(after: $0) } ?? .done
    }

    private func window(of sale: Sale) -> ClosedRange<Int32> {
        let first = nextItem <= sale.itemCount ? nextItem : 1
        let count = max(1, Self.unitsPerTick / sale.stockPerItem)
        let last = min(sale.itemCount, first + count - 1)
        nextItem = last + 1
        return first...last
    }

    private func compare(
        _ truth: StockSnapshot, _ known: StockSnapshot, of sale: Sale, items: ClosedRange<Int32>
    ) -> [DriftWatch.Mending] {
        instruments.saleStockDriftItems.set(known.count.free - truth.count.free, .redisVersusRows)
        let offset = sale.ordinal(of: Unit(item: items.lowerBound, number: 1))
        return watch.compare(
            ledger: truth, gate: known, firstItem: items.lowerBound, unit: { sale.unit(at: offset + $0) }, at: .now)
    }

    private func mend(_ mendings: [DriftWatch.Mending], of sale: Sale) async {
        if mendings.contains(.rebuild) {
            rebuild(sale)
            return
        }
        let facts = mendings.compactMap { mending -> GateFact? in
            if case .tell(let fact) = mending { fact } else { nil }
        }
        guard !facts.isEmpty, await gate.settle(facts, of: sale, unlocking: nil) else { return }
        for fact in facts {
            if case .released = fact {
                instruments.saleReconciliationCorrectionsTotal.increment(.up)
            } else {
                instruments.saleReconciliationCorrectionsTotal.increment(.down)
            }
        }
    }
}
