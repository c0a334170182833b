// What the tests of the flows share: the flows over stores in memory that can be made to fail.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

/// The flows over a gate and a ledger, with a sale that is on and known to both.
struct FlowFixture: Sendable {
    let clock = ManualClock()
    let gate = UnreliableGate()
    let ledger: UnreliableLedger
    let board: SaleBoard
    let sale: Sale
    let checkout: CheckoutFlow
    let purchase: PurchaseFlow
    let instruments = Instruments()
    let afterwards: Afterwards
    private let rebuildsAsked = Asked()

    /// A sale of four items, an hour long and a minute old.
    ///
    /// - Parameter isAnnounced: whether the sale is on the board.
    init(
        stock: Int = 1, limit: Int = 10, lapses: Int? = nil, gather: Duration? = nil, isAnnounced: Bool = true,
        afterwards: Afterwards = Afterwards(),
        gate guardedBy: (any SaleGate) -> any SaleGate = { $0 }
    ) async throws {
        self.afterwards = afterwards
        let inner = InMemorySaleLedger(clock: clock)
        ledger = UnreliableLedger(inner)
        let plan = SalePlan(
            startedAt: clock.now + .seconds(-60), endedAt: clock.now + .seconds(3_540), itemCount: 4,
            stockPerItem: stock, maxItemsPerBuyer: limit, hold: .seconds(60), lapsesMax: lapses, gather: gather)
        board = SaleBoard(catalog: inner)
        if !isAnnounced { try await board.refresh() }
        guard case .created(let sale) = try await inner.create(plan, fence: nil) else { throw NoSale() }
        self.sale = sale
        if isAnnounced { try await board.refresh() }
        #expect(await gate.inner.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
        let asked = rebuildsAsked
        let guarded = guardedBy(gate)
        checkout = CheckoutFlow(
            board: board, gate: guarded, ledger: ledger, confirmations: Confirmations(ledger: ledger) { true },
            codes: CodeMint(), rebuild: { _ in asked.note() }, instruments: instruments.sale)
        purchase = PurchaseFlow(
            board: board, gate: guarded, ledger: ledger, afterwards: afterwards, instruments: instruments.sale,
            logger: Logger(label: "flows"))
    }

    /// What the end of a hold entails.
    var ends: HoldEnds {
        HoldEnds(board: board, gate: gate, afterwards: afterwards, instruments: instruments.sale)
    }

    func sweeper() -> HoldSweeper {
        HoldSweeper(board: board, ledger: ledger, ends: ends, instruments: instruments.sale)
    }

    /// A sale of another shop beside the first, an hour long, known to all.
    func openSale(in shop: ShopID, from start: Duration = .seconds(-30)) async throws -> Sale {
        let plan = SalePlan(
            startedAt: clock.now + start, endedAt: clock.now + start + .seconds(3_600), itemCount: 4, stockPerItem: 1,
            maxItemsPerBuyer: 10, hold: .seconds(60), shop: shop)
        guard case .created(let sale) = try await ledger.inner.create(plan, fence: nil) else { throw NoSale() }
        try await board.refresh()
        #expect(await gate.inner.load(StockSnapshot(unitCount: sale.unitCount), of: sale))
        return sale
    }

    /// How often a flow asked for a rebuild.
    var rebuilds: Int { rebuildsAsked.count }

    func item(_ number: Int32) -> ItemID { ItemID(sale: sale.id, number: number) }

    func checkOut(
        _ item: Int32, _ buyer: String, queueNumber: Int32? = nil, key: String? = nil
    ) async throws -> Outcome<CheckoutReceipt> {
        await checkout.checkout(
            self.item(item), for: try #require(BuyerID(buyer)), queueNumber: queueNumber,
            key: key.flatMap(IdempotencyKey.init), deadline: .patient)
    }

    /// The code of a checkout that must succeed.
    func hold(_ item: Int32, _ buyer: String) async throws -> CheckoutCode {
        let outcome = try await checkOut(item, buyer)
        guard case .success(let receipt) = outcome, !receipt.isReplay else { throw Unexpected(what: "\(outcome)") }
        return receipt.cart.code
    }

    func buy(_ code: CheckoutCode, key: String? = nil) async -> Outcome<PurchaseReceipt> {
        await purchase.purchase(code, key: key.flatMap(IdempotencyKey.init), deadline: .patient)
    }

    /// A hold that the gate does not know.
    @discardableResult
    func holdInLedgerAlone(_ item: Int32, _ buyer: String) async throws -> CheckoutCode {
        let request = CheckoutRequest(
            item: self.item(item), buyer: try #require(BuyerID(buyer)), reservation: nil,
            candidate: CodeMint().mint(sale.id), key: nil)
        let outcome = try await ledger.inner.record(request, deadline: .patient)
        guard case .held(let cart, _, _) = outcome else { throw Unexpected(what: "\(outcome)") }
        return cart.code
    }

    /// Expects the same state of every unit in gate and ledger, codes of holds included.
    func expectAgreement(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        await afterwards.drain()
        let known = try #require(await gate.snapshot(of: sale))
        let truth = try await ledger.snapshot(of: sale)
        #expect(known.stock == truth.stock, sourceLocation: sourceLocation)
        #expect(known.held.mapValues(\.code) == truth.held.mapValues(\.code), sourceLocation: sourceLocation)
    }

    /// How many units are free, held and sold in the ledger.
    func count() async throws -> [Int] {
        let count = try await ledger.inner.count(sale)
        return [count.free, count.held, count.sold]
    }
}

/// Counts calls.
final class Asked: Sendable {
    private let number = Atomic(0)

    var count: Int { number.load(ordering: .relaxed) }

    func note() { number.add(1, ordering: .relaxed) }
}

/// Something that a test did not expect.
struct Unexpected: Error {
    let what: String
}

private struct NoSale: Error {}

extension Outcome<PurchaseReceipt> {
    /// The order that this purchase made; nil for a refusal or a replay.
    var orderMade: Order? {
        if case .success(let receipt) = self, !receipt.isReplay { receipt.order } else { nil }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension Deadline {
    /// Later than any test needs.
    static var patient: Deadline { .now + .seconds(30) }
}
