// How old a read of the ledger may be that refuses a buyer.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry
import Testing

@Suite struct ConfirmationsTests {
    private static let start = ContinuousClock.now

    /// A clock that moves with each read.
    private final class Time: Sendable {
        private let state: Mutex<(now: ContinuousClock.Instant, left: [Duration])>
        private let usual: Duration

        init(left: [Duration], usual: Duration) {
            state = Mutex((start, left))
            self.usual = usual
        }

        var now: ContinuousClock.Instant { state.withLock { $0.now } }

        func pass(_ duration: Duration) { state.withLock { $0.now += duration } }

        func pass() { state.withLock { $0.now += $0.left.isEmpty ? usual : $0.left.removeFirst() } }
    }

    /// Whether what the instance knows of the sales is fresh.
    private final class Agenda: Sendable {
        private let isOld = Atomic(false)

        var isFresh: Bool { !isOld.load(ordering: .relaxed) }

        func grow(old: Bool) { isOld.store(old, ordering: .relaxed) }
    }

    /// A shop with its own clock, whose reads take as long as a test says.
    private struct Bench {
        let shop: FlowFixture
        let confirmations: Confirmations
        let time: Time
        let agenda: Agenda
        let deadline = start + Limits.requestDeadline

        /// - Parameter meanwhile: what else happens during a read.
        init(
            readings: [Duration], usual: Duration, limit: Int = 10,
            meanwhile: @escaping @Sendable (FlowFixture) async -> Void = { _ in }
        ) async throws {
            let shop = try await FlowFixture(limit: limit)
            let time = Time(left: readings, usual: usual)
            self.time = time
            let agenda = Agenda()
            self.agenda = agenda
            confirmations = Confirmations(ledger: shop.ledger, clock: { time.now }, isAgendaFresh: { agenda.isFresh })
            shop.ledger.beforeConfirmed {
                time.pass()
                await meanwhile(shop)
            }
            self.shop = shop
        }

        func stock(_ item: Int32) async throws -> FlashSale.Confirmation.Stock {
            try await confirmations.stock(
                of: shop.item(item), in: shop.sale, for: try #require(BuyerID("bob")), deadline: deadline)
        }
    }

    private static let slow = Limits.confirmationAge + .milliseconds(1)

    @Test("A no that took too long to read is read again, and stands if it is still true")
    func askedAgain() async throws {
        let bench = try await Bench(readings: [Self.slow], usual: Limits.confirmationAge)
        _ = try await bench.shop.hold(1, "ann")
        guard case .held = try await bench.stock(1) else {
            Issue.record("the item is held")
            return
        }
        #expect(bench.shop.ledger.confirmations == 2)
    }

    @Test("A no that the second read contradicts is dropped")
    func overBySecondReading() async throws {
        let bench = try await Bench(readings: [Self.slow], usual: .milliseconds(1)) { shop in
            shop.clock.advance(by: .seconds(61))
        }
        _ = try await bench.shop.hold(1, "ann")
        #expect(try await bench.stock(1) == .free)
    }

    @Test("A no that cannot be read in time becomes a timeout")
    func neverInTime() async throws {
        let bench = try await Bench(readings: [], usual: .milliseconds(700))
        _ = try await bench.shop.hold(1, "ann")
        let failure = await #expect(throws: LedgerFailure.self) { try await bench.stock(1) }
        #expect(failure?.reason == .timeout)
        #expect(bench.shop.ledger.confirmations == 3, "as often as there was time")
    }

    @Test("Good news and a final no are never too old")
    func neverTooOld() async throws {
        let bench = try await Bench(readings: [], usual: .seconds(1))
        _ = await bench.shop.buy(try await bench.shop.hold(1, "ann"))
        #expect(try await bench.stock(1) == .itemSold)
        #expect(try await bench.stock(2) == .free)
        #expect(bench.shop.ledger.confirmations == 2)
    }

    @Test("A final no stands for a while; then one caller asks again, and the no stands for the others meanwhile")
    func lasting() async throws {
        let bench = try await Bench(readings: [], usual: .zero)
        let (item, sale) = (bench.shop.item(1), bench.shop.sale)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .unknown)
        _ = await bench.shop.buy(try await bench.shop.hold(1, "ann"))
        #expect(try await bench.stock(1) == .itemSold)
        bench.time.pass(Limits.lastingAge)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(.itemSold))
        bench.time.pass(.milliseconds(1))
        #expect(bench.confirmations.lasting(for: item, in: sale) == .isDue)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(.itemSold))
        #expect(try await bench.stock(1) == .itemSold && bench.shop.ledger.confirmations == 2)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(.itemSold))
        bench.time.pass(Limits.lastingAge * 2 + .milliseconds(1))
        for _ in 0..<2 { #expect(bench.confirmations.lasting(for: item, in: sale) == .isDue) }
    }

    @Test("While the agenda is not fresh a final no is no older than an agenda may be", arguments: [1, 4])
    func oldAgenda(sold: Int32) async throws {
        let bench = try await Bench(readings: [], usual: .zero)
        let (item, sale) = (bench.shop.item(1), bench.shop.sale)
        for number in 1...sold { _ = await bench.shop.buy(try await bench.shop.hold(number, "ann-\(number)")) }
        let reason: Reason = sold == 1 ? .itemSold : .allItemsSold
        _ = try await bench.stock(1)
        bench.agenda.grow(old: true)
        bench.time.pass(Limits.agendaAge)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(reason))
        _ = try await bench.stock(1)
        #expect(bench.shop.ledger.confirmations == 1)
        bench.time.pass(.milliseconds(1))
        for _ in 0..<2 { #expect(bench.confirmations.lasting(for: item, in: sale) == .isDue) }
        bench.agenda.grow(old: false)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(reason))
        bench.agenda.grow(old: true)
        _ = try await bench.stock(1)
        #expect(bench.shop.ledger.confirmations == 2)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(reason))
    }

    @Test(
        "A final no of one epoch or version does not stand in the next, for an item and for the whole sale",
        arguments: [1, 4])
    func epochs(sold: Int32) async throws {
        let bench = try await Bench(readings: [], usual: .zero)
        let (item, sale) = (bench.shop.item(1), bench.shop.sale)
        for number in 1...sold { _ = await bench.shop.buy(try await bench.shop.hold(number, "ann-\(number)")) }
        let reason: Reason = sold == 1 ? .itemSold : .allItemsSold
        _ = try await bench.stock(1)
        #expect(bench.confirmations.lasting(for: item, in: sale) == .stands(reason))
        var (newEpoch, newVersion) = (sale, sale)
        newEpoch.epoch += 1
        newVersion.version += 1
        for next in [newEpoch, newVersion] {
            #expect(bench.confirmations.lasting(for: item, in: next) == .unknown)
        }
    }

    @Test("The buyer's own state is read as freshly as the item's", arguments: [true, false])
    func own(isHolding: Bool) async throws {
        let bench = try await Bench(readings: [Self.slow, Self.slow], usual: .zero, limit: 1)
        _ = try await bench.shop.hold(1, "ann")
        let item = bench.shop.item(isHolding ? 1 : 2)
        let ann = try #require(BuyerID("ann"))
        let confirmation = try await bench.confirmations.of(
            item, in: bench.shop.sale, for: ann, deadline: bench.deadline)
        #expect((confirmation.holding != nil) == isHolding && confirmation.taken == confirmation.limit)
        #expect(bench.shop.ledger.confirmations == 3)
        let bob = try #require(BuyerID("bob"))
        _ = try await bench.confirmations.of(item, in: bench.shop.sale, for: bob, deadline: bench.deadline)
        #expect(bench.shop.ledger.confirmations == 4)
    }
}
