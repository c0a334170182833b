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

    public init(
        board: SaleBoard, counts: StockCounts, catalog: any SaleCatalog, gate: any GateUpkeep,
        rebuild: @escaping @Sendable (Sale) -> Void, instruments: SaleInstruments, logger: Logger
    ) {
        self.board = board
        self.counts = counts
        self.catalog = catalog
        self.gate = gate
        self.rebuild = rebuild
        self.instruments = instruments
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
                if let sale = board.activeOrLast(), round.isMultiple(of: Self.roundsPerInventory(of: sale)) {
                    try await takeInventory(of: sale)
                }
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
        for sale in [board.active(), board.next()].compactMap(\.self) where await gate.hasLost(sale) {
            rebuild(sale)
        }
    }

    /// Counts the stock.
    private func look() async throws(LedgerFailure) {
        await loadGate()
        if let sale = board.activeOrLast() { _ = try await counts.of(sale) }
    }

    /// Counts the units in the ledger. It may have sold more than there are, which a gate could never show.
    public func takeInventory(of sale: Sale) async throws(LedgerFailure) {
        let gate = await gate.count(sale)
        let rows = try await catalog.count(sale)
        instruments.saleOversoldItems.set(max(0, rows.sold - sale.unitCount))
        if let gate { instruments.saleStockDriftItems.set(gate.sold - rows.sold, .counterVersusRows) }
    }

    /// Sets the gauges of the sale from the caches. For a scrape: it waits for nothing.
    public func show() {
        instruments.saleActive.set(board.active() == nil ? 0 : 1)
        guard let sale = board.activeOrLast() else { return }
        instruments.saleItemsTotal.set(sale.unitCount)
        instruments.saleStartTimestampSeconds.set(Double(sale.startedAt.microseconds) / 1e6)
        instruments.saleEndTimestampSeconds.set(Double(sale.endedAt.microseconds) / 1e6)
        guard let stock = counts.last(of: sale.id) else { return }
        instruments.saleItemsSold.set(stock.sold)
        instruments.saleItemsHeld.set(stock.held)
        instruments.saleItemsAvailable.set(stock.free)
        instruments.checkoutHoldsActive.set(stock.held)
    }
}
