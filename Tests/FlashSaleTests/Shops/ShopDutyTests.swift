// Duties with several shops: each sale has its own runs, and the trouble of one holds no other up.

import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@testable import FlashSale

@Suite("Duties of several shops", .timeLimit(.minutes(1)))
struct ShopDutyTests {
    @Test("A sale whose run hangs holds no other sale up, and a new sale is found meanwhile")
    func hanging() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: ShopTests.lego)
        let (runs, ran) = AsyncStream.makeStream(of: SaleID.self)
        let runner = DutyRunner(
            .sweeper, under: InMemoryDutyLock(store: InMemoryDutyLock.Store()), every: .milliseconds(1),
            clock: ContinuousClock(), logger: .silent, sales: shop.board.active
        ) { sale, _ in
            let sale = try #require(sale)
            ran.yield(sale.id)
            guard sale.id == shop.sale.id else { return .done }
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            throw CancellationError()
        }
        let running = Task { await runner.run() }
        var seen: [SaleID] = []
        var third: Sale?
        for await sale in runs {
            seen.append(sale)
            if seen.count == 5 { third = try await shop.openSale(in: try #require(ShopID("acme"))) }
            if sale == third?.id { break }
        }
        running.cancel()
        await running.value
        #expect(seen.count { $0 == shop.sale.id } == 1 && seen.count { $0 == beside.id } >= 4)
    }

    @Test("A run that another instance has made stale ends the runs of all sales")
    func stale() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: ShopTests.lego)
        let (fences, ran) = AsyncStream.makeStream(of: Int64.self)
        let runner = DutyRunner(
            .sweeper, under: InMemoryDutyLock(store: InMemoryDutyLock.Store()), every: .milliseconds(1),
            clock: ContinuousClock(), logger: .silent, sales: shop.board.active
        ) { sale, fence in
            ran.yield(fence.value)
            return sale?.id == beside.id && fence.value == 1 ? .stale : .done
        }
        let running = Task { await runner.run() }
        for await fence in fences where fence == 2 { break }
        running.cancel()
        await running.value
    }

    @Test("The drift check mends the sale of each shop, and tells the larger difference")
    func drift() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: ShopTests.lego)
        let (clock, begin, opened) = (shop.clock, ContinuousClock.now, shop.clock.now)
        let check = DriftCheck(
            board: shop.board, gate: shop.gate, ledger: shop.ledger, rebuild: { _ in },
            instruments: shop.instruments.sale, now: { begin + (clock.now - opened) })
        let fence = shop.ledger.inner.nextFence(.driftCheck)
        func run() async throws {
            for sale in shop.board.active() { _ = try await check.tick(sale, fence) }
            clock.advance(by: DriftCheck.interval)
        }
        for _ in 0..<3 { try await run() }
        for (sale, items) in [(shop.sale, 1), (beside, 3)] {
            for item in 1...Int32(items) {
                let request = CheckoutRequest(
                    item: ItemID(sale: sale.id, number: item), buyer: try #require(BuyerID("ann")), reservation: nil,
                    candidate: CodeMint().mint(sale.id), key: nil)
                _ = try await shop.ledger.inner.record(request, deadline: .patient)
            }
        }
        try await run()
        #expect(shop.instruments.sale.saleStockDriftItems.value(.redisVersusRows) == 3)
        for _ in 0..<4 { try await run() }
        for sale in [shop.sale, beside] {
            let known = try #require(await shop.gate.snapshot(of: sale))
            let truth = try await shop.ledger.inner.snapshot(of: sale)
            #expect(known.stock == truth.stock, "\(sale.shop)")
        }
        #expect(shop.instruments.sale.saleStockDriftItems.value(.redisVersusRows) == 0)
    }

    @Test("The sweeper ends holds in every shop")
    func sweeping() async throws {
        let shop = try await FlowFixture()
        let beside = try await shop.openSale(in: ShopTests.lego)
        let ann = try #require(BuyerID("ann"))
        _ = await shop.checkout.checkout(
            ItemID(sale: beside.id, number: 1), in: ShopTests.lego, for: ann, key: nil, deadline: .patient)
        _ = try await shop.hold(1, "ann")
        shop.clock.advance(by: .seconds(62))
        let (sweeper, fence) = (shop.sweeper(), shop.ledger.inner.nextFence(.sweeper))
        #expect(shop.board.toSweep().count == 2)
        for sale in shop.board.toSweep() { _ = try await sweeper.tick(sale, fence) }
        for sale in [shop.sale, beside] { #expect(try await shop.ledger.inner.count(sale).held == 0) }
    }

    @Test("The last success is of the sale that has waited longest, and is not hidden by the others")
    func lastRuns() {
        func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
        let sales = (1...2).map { number in
            Sale(
                id: SaleID(Int32(number)), startedAt: time(0), endedAt: time(100), itemCount: 1, stockPerItem: 1,
                maxItemsPerBuyer: 1, hold: .seconds(60), epoch: 1)
        }
        var runs = LastRuns()
        #expect(runs.note(nil, at: time(1), among: []) == time(1))
        #expect(runs.note(sales[0].id, at: time(2), among: sales) == time(2))
        #expect(runs.note(sales[0].id, at: time(9), among: sales) == time(2), "the other has had none since then")
        #expect(runs.note(sales[1].id, at: time(10), among: sales) == time(9))
        #expect(runs.note(sales[0].id, at: time(20), among: [sales[0]]) == time(20), "the other is over")
    }

    @Test("What gauges remember of the sales of one pod, another pod's neither hides nor ends")
    func pods() {
        func sale(_ number: Int32) -> Sale {
            Sale(
                id: SaleID(number), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 100),
                itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(60), epoch: 1)
        }
        let (home, other) = (sale(1), sale(1 << 24))
        let numbers = SaleNumbers()
        #expect(numbers.note(-5, of: other.id, among: [other]) == -5)
        #expect(numbers.note(1, of: home.id, among: [home]) == -5)
        #expect(numbers.note(0, of: other.id, among: [other]) == 1)
    }

    @Test("When a duty was done last is told of its pod alone, also where there was nothing to do")
    func timesOfPods() async throws {
        let shop = try await FlowFixture()
        let (one, two) = (try #require(PodID(1)), try #require(PodID(2)))
        let instruments = Instruments(pods: [one.label, two.label])
        let sweeper = HoldSweeper(
            board: shop.board, ledger: shop.ledger, ends: shop.ends, instruments: instruments.sale, pod: one)
        _ = try await sweeper.tick(nil, FencingNumber(1))
        let check = DriftCheck(
            board: shop.board, gate: shop.gate, ledger: shop.ledger, rebuild: { _ in }, instruments: instruments.sale,
            pod: one)
        _ = try await check.tick(nil, FencingNumber(1))
        let retention = SaleRetention(
            RetentionPolicy(), board: shop.board, ledger: shop.ledger, instruments: instruments.retention, pod: one)
        _ = try await retention.tick(shop.ledger.inner.nextFence(.retention))
        for time in [
            instruments.sale.checkoutHoldSweepLastSuccessTimestampSeconds,
            instruments.sale.saleReconciliationLastSuccessTimestampSeconds,
            instruments.retention.lastIdleTimestampSeconds,
        ] {
            #expect(time.value(one.label) > 0 && time.value(.home) == 0 && time.value(two.label) == 0)
        }
    }

    @Test("Each shop gets its next sale, though another shop's cannot be created")
    func scheduling() async throws {
        let ledger = InMemorySaleLedger()
        let catalog = CatalogWithoutSales(inner: ledger, of: .main)
        var defaults = SaleDefaults(itemCount: 2)
        defaults.shops = [.main, ShopTests.lego]
        let board = SaleBoard(catalog: ledger)
        let rebuilt = Mutex<[ShopID]>([])
        let scheduler = SaleScheduler(
            defaults: defaults, catalog: catalog, placements: ledger, board: board,
            rebuild: { sale in rebuilt.withLock { $0.append(sale.shop) } }, logger: .silent)
        let fence = ledger.nextFence(.scheduler)
        await #expect(throws: LedgerFailure.self) { try await scheduler.tick(fence) }
        try await board.refresh()
        #expect(board.active().map(\.shop) == [ShopTests.lego] && rebuilt.withLock { $0 } == [ShopTests.lego])
        catalog.isBroken.withLock { $0 = false }
        #expect(try await scheduler.tick(fence) == .done)
        try await board.refresh()
        #expect(Set(board.active().map(\.shop)) == [.main, ShopTests.lego])
        #expect(try await scheduler.tick(fence) == .done)
        #expect(rebuilt.withLock { $0.count } == 2, "and no shop gets a second one")
    }
}

/// A catalog that can create no sale of one shop.
private final class CatalogWithoutSales: CatalogWrapper {
    let isBroken = Mutex(true)
    let inner: InMemorySaleLedger
    private let shop: ShopID

    init(inner: InMemorySaleLedger, of shop: ShopID) {
        self.inner = inner
        self.shop = shop
    }

    func create(_ plan: SalePlan, fence: FencingNumber?) async throws(LedgerFailure) -> CreateOutcome {
        if plan.shop == shop, isBroken.withLock({ $0 }) {
            throw LedgerFailure(.database, underlying: Unexpected(what: "the test's own failure"))
        }
        return try await inner.create(plan, fence: fence)
    }
}
