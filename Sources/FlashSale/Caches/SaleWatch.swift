// Keeps this instance's view of the sales fresh: the board and the stock figures. It also asks for a rebuild of each
// sale that the gate has lost. Every instance does this for itself; it writes nothing but metrics.

public import Logging
public import Telemetry

/// The loop that refreshes the board.
public struct SaleWatch: Sendable {
    /// The time from one reading of the agenda to the next: it leaves a reading the time that ``Limits/agendaAge`` is
    /// longer.
    public static let interval = Duration.milliseconds(200)
    /// The rounds from one count of the stock to the next.
    private static let roundsPerCount = 5
    /// The rounds from one count of the ledger's units to the next. The count reads every unit, so a larger sale is
    /// counted less often.
    private static func roundsPerInventory(of sale: Sale) -> Int { 10 * (1 + sale.unitCount / 100_000) }

    private let board: SaleBoard
    private let counts: StockCounts
    private let catalog: any SaleCatalog
    private let gate: any GateUpkeep
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let logger: Logger
    private let records: SaleRecords

    public init(
        board: SaleBoard, counts: StockCounts, catalog: any SaleCatalog, gate: any GateUpkeep,
        rebuild: @escaping @Sendable (Sale) -> Void, instruments: SaleInstruments,
        records: SaleRecords = SaleRecords(), logger: Logger
    ) {
        self.board = board
        self.counts = counts
        self.catalog = catalog
        self.gate = gate
        self.rebuild = rebuild
        self.instruments = instruments
        self.records = records
        self.logger = logger
    }

    /// Watches until the task is cancelled.
    public func run() async {
        var round = 0
        var wasReadable = true
        while !Task.isCancelled {
            do throws(LedgerFailure) {
                try await board.refresh()
                if round.isMultiple(of: Self.roundsPerCount) { try await look() }
                let due = board.counted().filter { round.isMultiple(of: Self.roundsPerInventory(of: $0)) }
                if !due.isEmpty { try await takeInventory(of: due) }
                wasReadable = true
            } catch {
                // One line for each outage; the metrics show the rest.
                if wasReadable { logger.warning("sales cannot be read", error: error) }
                wasReadable = false
            }
            round += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Asks for a rebuild of the sales that should be loaded in the gate and are not. It runs now and then, and
    /// whenever Redis is connected again: a Redis that comes back empty, or has missed facts, is found before a buyer
    /// asks it. A gate that does not answer in time is left alone: a load would take its time from buyers.
    public func loadGate() async {
        let sales = board.active() + board.next()
        _ = try? await sales.sideBySide { [gate, rebuild] sale in if await gate.hasLost(sale) { rebuild(sale) } }
    }

    /// Counts the stock.
    private func look() async throws(LedgerFailure) {
        await loadGate()
        try await board.counted().sideBySide { [counts] sale throws(LedgerFailure) in _ = try await counts.of(sale) }
    }

    /// Counts the units in the ledger. It may have sold more than there are, which a gate could never show.
    public func takeInventory(of sales: [Sale]) async throws(LedgerFailure) {
        try await sales.sideBySide { [self] sale throws(LedgerFailure) in
            let gate = await gate.count(sale)
            let rows = try await catalog.count(sale)
            let (counted, surplus) = (board.counted(), max(0, rows.sold - sale.unitCount))
            instruments.saleOversoldItems.set(records.oversold.note(surplus, of: sale.id, among: counted))
            guard let gate else { return }
            let drift = records.countDrift.note(gate.sold - rows.sold, of: sale.id, among: counted)
            instruments.saleStockDriftItems.set(drift, .counterVersusRows)
        }
    }

    /// Sets the gauges of the sales from the caches. For a scrape: it waits for nothing.
    public func show() { Self.show([self]) }

    /// Sets the gauges of the sales of several pods.
    public static func show(_ watches: [SaleWatch]) {
        guard let instruments = watches.first?.instruments else { return }
        let active = watches.flatMap { $0.board.active() }
        instruments.saleActive.set(active.count)
        let last = watches.flatMap { $0.board.counted() }.max { $0.endedAt < $1.endedAt }
        let sales = active.isEmpty ? [last].compactMap(\.self) : active
        guard let start = sales.map(\.startedAt).min(), let end = sales.map(\.endedAt).max() else { return }
        instruments.saleItemsTotal.set(sales.reduce(0) { $0 + $1.unitCount })
        instruments.saleStartTimestampSeconds.set(Double(start.microseconds) / 1e6)
        instruments.saleEndTimestampSeconds.set(Double(end.microseconds) / 1e6)
        let stocks = watches.flatMap { watch in sales.compactMap { watch.counts.last(of: $0.id) } }
        guard !stocks.isEmpty else { return }
        let held = stocks.reduce(0) { $0 + $1.held }
        instruments.saleItemsSold.set(stocks.reduce(0) { $0 + $1.sold })
        instruments.saleItemsHeld.set(held)
        instruments.saleItemsAvailable.set(stocks.reduce(0) { $0 + $1.free })
        instruments.checkoutHoldsActive.set(held)
    }
}
