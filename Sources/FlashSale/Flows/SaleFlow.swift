// Reading sales and creating them.

public import Logging
import Telemetry

/// What a sale gets where its plan does not say.
public struct SaleDefaults: Hashable, Sendable {
    public var itemCount: Int
    public var stockPerItem: Int
    public var maxItemsPerBuyer: Int
    public var length: Duration
    public var hold: Duration

    public init(
        itemCount: Int = 10_000, stockPerItem: Int = 1, maxItemsPerBuyer: Int = 10, length: Duration = .seconds(3_600),
        hold: Duration = .seconds(120)
    ) {
        self.itemCount = itemCount
        self.stockPerItem = stockPerItem
        self.maxItemsPerBuyer = maxItemsPerBuyer
        self.length = length
        self.hold = hold
    }

    /// A plan of these defaults for a window.
    public func plan(from start: Timestamp, until end: Timestamp) -> SalePlan {
        SalePlan(
            startedAt: start, endedAt: end, itemCount: itemCount, stockPerItem: stockPerItem,
            maxItemsPerBuyer: maxItemsPerBuyer, hold: hold)
    }
}

/// Answers questions about sales, and creates them.
public final class SaleFlow: Sendable {
    public let defaults: SaleDefaults
    private let board: SaleBoard
    private let counts: StockCounts
    private let catalog: any SaleCatalog
    private let load: @Sendable (Sale) -> Void
    private let logger: Logger

    /// - Parameter load: called with each sale that was created, so that the gate has it before its start.
    public init(
        defaults: SaleDefaults, board: SaleBoard, counts: StockCounts, catalog: any SaleCatalog,
        load: @escaping @Sendable (Sale) -> Void, logger: Logger
    ) {
        self.defaults = defaults
        self.board = board
        self.counts = counts
        self.catalog = catalog
        self.load = load
        self.logger = logger
    }

    /// The ledger's clock as this instance knows it; the epoch before it has been heard.
    public func now() -> Timestamp { board.now() ?? Timestamp(microseconds: 0) }

    /// The sale that is on; `saleNotFound` with the next start where none is.
    public func active() async -> SaleOutcome<SaleView> {
        do {
            if board.active() == nil { try await board.refresh() }
            guard let sale = board.active() else {
                return .refused(Refusal(.saleNotFound, retryAt: board.next()?.startedAt))
            }
            return .found(try await view(of: sale))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    public func sale(_ id: SaleID) async -> SaleOutcome<SaleView> {
        await withSale(id) { sale throws(LedgerFailure) in try await view(of: sale) }
    }

    /// A page of items in the order of their numbers, those after `cursor` (0 for the first page).
    public func items(of id: SaleID, after cursor: Int32, limit: Int) async -> SaleOutcome<[Item]> {
        await withSale(id) { sale throws(LedgerFailure) in
            try await catalog.items(of: sale, after: cursor, limit: limit)
        }
    }

    /// Creates a sale. The plan must have no ``SalePlan/problems()``.
    public func create(_ plan: SalePlan) async -> SaleOutcome<SaleView> {
        precondition(plan.problems().isEmpty, "the plan was not checked")
        do {
            switch try await catalog.create(plan, fence: nil) {
            case .created(let sale):
                logger.notice("sale created", metadata: sale.auditMetadata)
                load(sale)
                try await board.refresh()
                return .found(SaleView(sale: sale, itemsSold: 0, isActive: sale.isActive(at: now())))
            case .overlaps, .staleFence:
                return .refused(Refusal(.saleOverlaps))
            }
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    private func view(of sale: Sale) async throws(LedgerFailure) -> SaleView {
        SaleView(sale: sale, itemsSold: try await counts.of(sale).sold, isActive: sale.isActive(at: now()))
    }

    private func withSale<Value>(
        _ id: SaleID, _ body: (Sale) async throws(LedgerFailure) -> Value
    ) async -> SaleOutcome<Value> {
        do {
            guard let sale = try await board.sale(id) else { return .refused(Refusal(.saleNotFound)) }
            return .found(try await body(sale))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }
}
