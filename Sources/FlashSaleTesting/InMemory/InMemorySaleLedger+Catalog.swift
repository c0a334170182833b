// The catalog of the ledger in memory: creates sales, changes them and reads them.

public import FlashSale
internal import Synchronization
internal import Telemetry

extension InMemorySaleLedger: SaleCatalog {
    public func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome {
        state.withLock { state in
            if let fence, state.fences[.scheduler] != fence.value { return .staleFence }
            guard let placement = state.placements(pod).own(plan.shop) else { return .moved }
            let sales = state.books.values.map(\.sale).filter { $0.shop == plan.shop }
            if plan.startedAt < placement.beginsAt { return .overlaps }
            if sales.contains(where: { $0.startedAt < plan.endedAt && plan.startedAt < $0.endedAt }) {
                return .overlaps
            }
            state.salesMade += 1
            let sale = Sale(
                id: SaleID(state.salesMade), startedAt: plan.startedAt, endedAt: plan.endedAt,
                itemCount: Int32(plan.itemCount), stockPerItem: Int32(plan.stockPerItem),
                maxItemsPerBuyer: Int32(plan.maxItemsPerBuyer), hold: plan.hold, epoch: 1, gather: plan.gather,
                laneCount: Int32(plan.laneCount), shop: plan.shop)
            state.books[sale.id] = SaleBook(sale, lapsesMax: plan.lapsesMax)
            return .created(sale)
        }
    }

    public func change(_ id: SaleID, _ change: SaleChange) async throws(LedgerFailure) -> ChangeOutcome {
        let now = clock.now
        return state.withLock { state in
            let shop = state.books[id]?.sale.shop
            if case .setEnd(let end) = change.act, let shop, let sale = state.books[id]?.sale, sale.endedAt < end {
                let placement = state.placements(pod).placement(of: shop)
                if placement.pod != pod, end > placement.beginsAt { return .overlaps }
            }
            let others = state.books.values.map(\.sale).filter { $0.id != id && $0.shop == shop }
            return state.books[id]?.change(change, beside: others, at: now) ?? .notFound
        }
    }

    public func log(of id: SaleID, after version: Int32, limit: Int) async throws(LedgerFailure) -> [SaleEvent] {
        try book(of: id) { book in Array(book.events.filter { $0.after.version > version }.prefix(limit)) }
    }

    public func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        state.withLock { $0.books[id]?.sale }
    }

    public func agenda() async throws(LedgerFailure) -> Agenda {
        let now = clock.now
        return state.withLock { state in
            let books = state.books.values.sorted { $0.sale.startedAt < $1.sale.startedAt }
            let over = books.filter { $0.sale.endedAt <= now && !$0.live.isEmpty }
            return Agenda(
                sales: books.filter { $0.sale.endedAt > now }.map(\.sale),
                unswept: over.map(\.sale),
                latest: state.books.keys.max(), readAt: now)
        }
    }

    public func items(of sale: Sale, after cursor: Int32, limit: Int) async throws(LedgerFailure) -> [Item] {
        try book(of: sale.id) { book in
            (1...sale.itemCount).filter { $0 > cursor }.prefix(limit).map { number in
                let id = ItemID(sale: sale.id, number: number)
                let design = ItemDesign(id)
                let units = (1...sale.stockPerItem).map { Unit(item: number, number: $0) }
                return Item(
                    id: id, name: design.name, price: book.price(of: number), stock: sale.stockPerItem,
                    available: Int32(book.freeUnits(of: number).count), isSold: units.allSatisfy(book.isSold))
            }
        }
    }

    public func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount {
        try book(of: sale.id) { $0.snapshot.count }
    }
}
