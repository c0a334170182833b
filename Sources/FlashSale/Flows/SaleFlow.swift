// Reading sales, creating them and changing them.

public import Logging
import Telemetry

/// Finds sales and items, creates sales and changes them.
public final class SaleFlow: Sendable {
    public let defaults: SaleDefaults
    private let board: SaleBoard
    private let counts: StockCounts
    private let catalog: any SaleCatalog
    private let rebuild: @Sendable (Sale) -> Void
    private let logger: Logger

    /// - Parameter rebuild: called with each new sale, so that the gate is loaded with it before its start.
    public init(
        defaults: SaleDefaults, board: SaleBoard, counts: StockCounts, catalog: any SaleCatalog,
        rebuild: @escaping @Sendable (Sale) -> Void, logger: Logger
    ) {
        self.defaults = defaults
        self.board = board
        self.counts = counts
        self.catalog = catalog
        self.rebuild = rebuild
        self.logger = logger
    }

    /// The ledger's clock as this instance knows it; 1970 before this instance has read it.
    public func now() -> Timestamp { board.now() ?? Timestamp(microseconds: 0) }

    /// Whether a sale of a shop is on, and when its next one starts; nil if there is none. It waits for nothing.
    public func next(in shop: ShopID) -> (isOn: Bool, startsAt: Timestamp?) {
        (board.active(in: shop) != nil, board.next(in: shop)?.startedAt)
    }

    /// The sale of a shop that is on. If there is none, `saleNotFound` with the next start.
    public func active(in shop: ShopID) async -> Outcome<SaleView> {
        do throws(LedgerFailure) {
            if board.active(in: shop) == nil { try await board.refresh() }
            guard let sale = board.active(in: shop) else {
                return .refused(Refusal(.saleNotFound, retryAt: board.next(in: shop)?.startedAt))
            }
            return .success(try await view(of: sale))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// The sale of a shop that people are shown: the one that is on, or the last one while its holds may still be
    /// purchased, or the next, or the last; nil if this instance knows of none.
    public func shown(in shop: ShopID) async -> Outcome<ShownSale?> {
        do throws(LedgerFailure) {
            if board.age == nil { try await board.refresh() }
            let next = board.next(in: shop)
            guard let sale = try await saleToShow(in: shop, before: next) else { return .success(nil) }
            switch await live(sale.id) {
            case .refused(let refusal): return .refused(refusal)
            case .success(let view): return .success(ShownSale(view: view, nextStart: next?.startedAt))
            }
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    private func saleToShow(in shop: ShopID, before next: Sale?) async throws(LedgerFailure) -> Sale? {
        if let active = board.active(in: shop) { return active }
        // The board knows the last one as it was while it was on: it may have ended early.
        guard let known = board.activeOrLast(in: shop), let last = try await board.sale(known.id) else { return next }
        // While the next one's waiting room is open, people look for that.
        let isGathering = next.map { now() >= $0.opensAt } ?? false
        return now() < last.endedAt + last.hold && !isGathering ? last : next ?? last
    }

    public func sale(_ id: SaleID) async -> Outcome<SaleView> {
        await withSale(id) { sale throws(LedgerFailure) in try await view(of: sale) }
    }

    /// A page of items by their number, those after `cursor` (0 for the first page).
    public func items(of id: SaleID, after cursor: Int32, limit: Int) async -> Outcome<[Item]> {
        await withSale(id) { sale throws(LedgerFailure) in
            try await catalog.items(of: sale, after: cursor, limit: limit)
        }
    }

    /// How a sale stands, for those who watch it.
    public func live(_ id: SaleID) async -> Outcome<LiveView> {
        await withSale(id) { sale throws(LedgerFailure) in
            let units = sale.unitCount <= Limits.followedUnits ? await counts.units(of: sale) : nil
            let stock = if let units { units.count } else { try await counts.of(sale) }
            return LiveView(sale: sale, now: now(), stock: stock, free: units?.free)
        }
    }

    /// A sale as the ledger has it now, and how it stands.
    public func standing(_ id: SaleID) async -> Outcome<LiveView> {
        switch await current(id) {
        case .refused(let refusal): return .refused(refusal)
        case .success(let sale):
            do throws(LedgerFailure) {
                return .success(LiveView(sale: sale, now: now(), stock: try await counts.of(sale), free: nil))
            } catch {
                return .refused(Refusal(error.reason))
            }
        }
    }

    /// The latest sales and how they stand, the newest first.
    ///
    /// - Parameter shop: whose sales; nil for all.
    public func latest(_ limit: Int, of shop: ShopID? = nil) async -> Outcome<[LiveView]> {
        do throws(LedgerFailure) {
            var views: [LiveView] = []
            for sale in try await catalog.latest(limit, of: shop).sales {
                views.append(LiveView(sale: sale, now: now(), stock: try await counts.of(sale), free: nil))
            }
            return .success(views)
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// Creates a sale. The plan must have no ``SalePlan/problems()``.
    public func create(_ plan: SalePlan) async -> Outcome<SaleView> {
        precondition(plan.problems().isEmpty, "the plan was not checked")
        do throws(LedgerFailure) {
            switch try await catalog.create(plan, fence: nil) {
            case .created(let sale):
                logger.notice("sale created", metadata: sale.auditMetadata)
                rebuild(sale)
                try await board.refresh()
                return .success(SaleView(sale: sale, itemsSold: 0, isActive: sale.isActive(at: now())))
            case .overlaps, .staleFence:
                return .refused(Refusal(.saleOverlaps))
            case .moved: return .refused(Refusal(.shopMoved))
            }
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// A sale as the ledger has it now, and not as an agenda had it.
    public func current(_ id: SaleID) async -> Outcome<Sale> {
        do throws(LedgerFailure) {
            guard let sale = try await catalog.sale(id) else { return .refused(Refusal(.saleNotFound)) }
            return .success(sale)
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// Changes a sale. A sale whose keys in the gate are to live on longer is loaded anew.
    public func change(_ id: SaleID, _ change: SaleChange) async -> Outcome<ChangeReceipt> {
        do throws(LedgerFailure) {
            switch try await catalog.change(id, change) {
            case .changed(let sale, let isReplay):
                if !isReplay { try await heed(change, of: sale) }
                return .success(ChangeReceipt(sale: sale, isReplay: isReplay))
            case .stale: return .refused(Refusal(.stale))
            case .keyReused: return .refused(Refusal(.idempotencyKeyReused))
            case .overlaps: return .refused(Refusal(.saleOverlaps))
            case .badEnd, .stockTooLarge, .noWaitingRoom: return .refused(Refusal(.validation))
            case .unfit: return .refused(Refusal(.validation, isUnfit: true))
            case .stockInUse: return .refused(Refusal(.stockInUse))
            case .itemNotFound: return .refused(Refusal(.itemNotFound))
            case .orderNotFound: return .refused(Refusal(.checkoutNotFound))
            case .nothingToRefund: return .refused(Refusal(.nothingToRefund))
            case .inactive: return .refused(Refusal(.saleNotActive))
            case .notFound: return .refused(Refusal(.saleNotFound))
            }
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    private func heed(_ change: SaleChange, of sale: Sale) async throws(LedgerFailure) {
        logger.notice("sale changed", metadata: sale.auditMetadata.merging(change.auditMetadata) { $1 })
        switch change.act {
        case .setEnd, .restock: rebuild(sale)
        case .refund: if now() < sale.endedAt { rebuild(sale) }
        case .pause, .resume, .end, .limit, .pace, .price: break
        }
        try await board.refresh()
    }

    /// A page of a sale's log, the changes after a version (0 for the first page).
    public func log(of id: SaleID, after version: Int32, limit: Int) async -> Outcome<[SaleEvent]> {
        await withSale(id) { _ throws(LedgerFailure) in
            try await catalog.log(of: id, after: version, limit: limit)
        }
    }

    private func view(of sale: Sale) async throws(LedgerFailure) -> SaleView {
        SaleView(sale: sale, itemsSold: try await counts.of(sale).sold, isActive: sale.isActive(at: now()))
    }

    private func withSale<Value>(
        _ id: SaleID, _ body: (Sale) async throws(LedgerFailure) -> Value
    ) async -> Outcome<Value> {
        do throws(LedgerFailure) {
            guard let sale = try await board.sale(id) else { return .refused(Refusal(.saleNotFound)) }
            return .success(try await body(sale))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }
}
