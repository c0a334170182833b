// Keeps this instance's view of the sales fresh: the board, the stock figures, and the gate of a sale that it is not
// loaded with. Every instance does this for itself; it writes nothing but metrics.

public import Logging
public import Telemetry

/// The loop behind the board.
public struct SaleWatch: Sendable {
    /// How often the agenda is read. It bounds how late an instance hears of a new sale.
    public static let interval = Duration.milliseconds(250)
    /// Every how many rounds the stock is counted.
    private static let roundsPerCount = 4
    /// Every how many rounds the ledger's units are counted: a larger sale less often, for the count reads them all.
    private static func roundsPerInventory(of sale: Sale) -> Int { 8 * (1 + sale.unitCount / 100_000) }

    private let board: SaleBoard
    private let counts: StockCounts
    private let catalog: any SaleCatalog
    private let gate: any SaleGate
    private let rebuild: @Sendable (Sale) -> Void
    private let instruments: SaleInstruments
    private let logger: Logger

    public init(
        board: SaleBoard, counts: StockCounts, catalog: any SaleCatalog, gate: any SaleGate,
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
            do {
                try await board.refresh()
                if round.isMultiple(of: Self.roundsPerCount) { try await look() }
                if let sale = board.activeOrLast(), round.isMultiple(of: Self.roundsPerInventory(of: sale)) {
                    try await takeInventory(of: sale)
                }
                wasReadable = true
            } catch {
                // Once is news; the metrics tell the rest.
                if wasReadable { logger.warning("sales cannot be read", error: error) }
                wasReadable = false
            }
            round += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Has the gate loaded with the sales that it should know and does not: now and then, and whenever its store can be
    /// reached again. A store that comes back empty, or without what it was told while it was out of reach, is so found
    /// by whoever reconnects, before a buyer asks it.
    public func loadGate() async {
        for sale in [board.active(), board.next()].compactMap(\.self) where await gate.count(sale) == nil {
            rebuild(sale)
        }
    }

    /// Counts the stock.
    private func look() async throws(LedgerFailure) {
        await loadGate()
        if let sale = board.activeOrLast() { _ = try await counts.of(sale) }
    }

    /// Counts the units in the ledger. More may be sold there than there are, which a gate could never show.
    public func takeInventory(of sale: Sale) async throws(LedgerFailure) {
        let gate = await gate.count(sale)
        let rows = try await catalog.count(sale)
        instruments.saleOversoldItems.set(max(0, rows.sold - sale.unitCount))
        if let gate { instruments.saleStockDriftItems.set(gate.sold - rows.sold, .counterVersusRows) }
    }

    /// Sets the gauges of the sale from what is known. For a scrape: it waits for nothing.
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
