// Stores that answer from a script, so that tests can put every outcome of the flows on the wire.

import FlashSale
import Synchronization
import Telemetry
import WaitingRoom

/// A gate that never answers, a ledger and a catalog that answer from a script.
final class ScriptedStores: SaleGate, GateUpkeep, SaleLedger, SaleCatalog {
    typealias Record = @Sendable (CheckoutRequest) async throws -> RecordOutcome
    typealias Sell = @Sendable (PurchaseRequest) async throws -> OrderOutcome
    typealias Release = @Sendable (CheckoutCode, ItemID?) async throws -> ReleaseOutcome

    struct Script: Sendable {
        var record: Record = { request in
            let cart = Cart(code: Self.code, itemsCount: 1, expiresAt: Self.time(120))
            return .held(cart, unit: 1, isReplay: request.key?.text == "again")
        }
        var sell: Sell = { request in
            request.key?.text == "again"
                ? .alreadyProcessed(Self.order, isReplay: true) : .ordered(Self.order, sold: [])
        }
        var release: Release = { code, item in
            let hold = Hold(
                unit: Unit(item: item?.number ?? 1, number: 1), code: code, buyer: Self.buyer, expiresAt: Self.time(1))
            return .released([EndedHold(hold, age: .zero)], itemsLeft: 0)
        }
        var confirmation = Confirmation.Stock.itemSold
        var order: Order? = Self.order
        var created: @Sendable (SalePlan) -> CreateOutcome = { plan in
            .created(
                Sale(
                    id: SaleID(8), startedAt: plan.startedAt, endedAt: plan.endedAt, itemCount: Int32(plan.itemCount),
                    stockPerItem: Int32(plan.stockPerItem), maxItemsPerBuyer: Int32(plan.maxItemsPerBuyer),
                    hold: plan.hold, epoch: 1, gather: plan.gather, shop: plan.shop
                )
            )
        }
        var changed: @Sendable (SaleChange) -> ChangeOutcome = { change in
            var sale = Self.sale
            sale.version = (change.version ?? 3) + 1
            if case .pause(let pause) = change.act { sale.pause = pause }
            if case .setEnd(let end) = change.act { sale.endedAt = end }
            if case .restock(let count) = change.act { sale.stockPerItem = count }
            return .changed(sale, isReplay: change.key?.text == "again")
        }
        var hasSale = true
        /// Sales of other shops, beside that one.
        var others: [Sale] = []
        /// How the line of the sale stands; nil if it has no waiting room.
        var queue: QueueState?
        /// The units as the gate tells them; nil if it does not.
        var units: @Sendable () -> StockBits? = { nil }
        /// The failure of every call of the ledger and the catalog; nil if they work.
        var failure: Reason?

        static let sale = Sale(
            id: SaleID(7), startedAt: time(-60), endedAt: time(3_600), itemCount: 250, stockPerItem: 2,
            maxItemsPerBuyer: 10, hold: .seconds(120), epoch: 1
        )
        static let buyer = BuyerID("ann")!
        static let code = CheckoutCode(sale: SaleID(7), high: 0x1122, low: 0x3344)
        private static let price = Price(minorUnits: 1_999, currency: "EUR")
        static let order = Order(
            id: OrderID(sale: SaleID(7), number: 5), code: code, buyer: buyer,
            lines: [
                Order.Line(item: ItemID(sale: SaleID(7), number: 1), name: "Quiet \"Amber\" Lamp", price: price),
                Order.Line(item: ItemID(sale: SaleID(7), number: 2), name: "Bold Teal Kettle", price: nil),
            ],
            total: price, orderedAt: time(0)
        )

        /// Seconds from a fixed now.
        static func time(_ seconds: Int64) -> Timestamp {
            Timestamp(microseconds: 1_795_248_000_000_000 + seconds * 1_000_000)
        }
    }

    private let script: Mutex<Script>
    private let asked = Mutex<[SaleChange]>([])

    init(_ script: Script = Script()) {
        self.script = Mutex(script)
    }

    func change(_ body: @Sendable (inout Script) -> Void) {
        script.withLock { body(&$0) }
    }

    /// The changes that were asked for.
    var changes: [SaleChange] { asked.withLock(\.self) }

    var current: Script { script.withLock { $0 } }

    private func answering<Answer>(_ body: () async throws -> Answer) async throws(LedgerFailure) -> Answer {
        try failIfTold()
        do {
            return try await body()
        } catch let failure as LedgerFailure {
            throw failure
        } catch {
            throw LedgerFailure(.internal, underlying: error)
        }
    }

    func failIfTold() throws(LedgerFailure) {
        if let reason = current.failure { throw LedgerFailure(reason, underlying: NoAnswer()) }
    }

    // The gate.
    func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveOutcome { .unavailable }
    func begin(_ code: CheckoutCode) async -> BeginOutcome { .unavailable }
    func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool { false }
    func unlock(_ lock: CodeLock) async -> Bool { false }
    func forget(_ lock: CodeLock) {}
    func tell(_ facts: [GateFact], of sale: Sale) async -> Bool { false }
    func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool { false }
    func hasLost(_ sale: Sale) async -> Bool { false }
    func count(_ sale: Sale) async -> StockCount? { StockCount(free: 400, held: 60, sold: 40) }
    func stock(of sale: Sale) async -> StockBits? { current.units() }
    func units(_ ordinals: [Int], of sale: Sale) async -> [UnitState]? { nil }

    // The ledger.
    func record(_ checkout: CheckoutRequest, deadline: Deadline) async throws(LedgerFailure) -> RecordOutcome {
        try await answering { try await current.record(checkout) }
    }

    func order(_ purchase: PurchaseRequest, deadline: Deadline) async throws(LedgerFailure) -> OrderOutcome {
        try await answering { try await current.sell(purchase) }
    }

    func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        try await answering { try await current.release(code, item) }
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        Confirmation(stock: current.confirmation, taken: 10, limit: 10, holding: nil, readAt: Script.time(0))
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try failIfTold()
        return current.order
    }

    func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys? { nil }

    // The catalog.
    func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome {
        try failIfTold()
        return current.created(plan)
    }

    func change(_ id: SaleID, _ change: SaleChange) async throws(LedgerFailure) -> ChangeOutcome {
        try failIfTold()
        asked.withLock { $0.append(change) }
        return id == Script.sale.id ? current.changed(change) : .notFound
    }

    func log(of id: SaleID, after version: Int32, limit: Int) async throws(LedgerFailure) -> [SaleEvent] {
        try failIfTold()
        var after = Script.sale
        after.version = version + 2
        after.pause = .holds
        return [
            SaleEvent(
                act: "pause_holds", actor: "ann", reason: "the supplier is late", changedAt: Script.time(0),
                before: Script.sale, after: after)
        ]
    }

    func sale(_ id: SaleID) async throws(LedgerFailure) -> Sale? {
        try failIfTold()
        return id == Script.sale.id ? current.sale : current.others.first { $0.id == id }
    }

    func agenda() async throws(LedgerFailure) -> Agenda {
        try failIfTold()
        return Agenda(
            sales: (current.hasSale ? [current.sale] : []) + current.others,
            latest: current.others.map(\.id).max() ?? Script.sale.id, readAt: Script.time(0))
    }

    func items(of sale: Sale, after cursor: Int32, limit: Int) async throws(LedgerFailure) -> [Item] {
        try failIfTold()
        return (cursor..<min(cursor + Int32(limit), sale.itemCount)).map { number in
            Item(
                id: ItemID(sale: sale.id, number: number + 1), name: "Calm Blue Chair \(number + 1)",
                price: Price(minorUnits: 1_250, currency: "EUR"), stock: sale.stockPerItem, available: 1, isSold: false
            )
        }
    }

    func count(_ sale: Sale) async throws(LedgerFailure) -> StockCount { StockCount(free: 400, held: 60, sold: 40) }
}
