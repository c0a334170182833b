// The drift check over stores in memory, with a clock that the test moves.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry
import Testing

/// A sale of four items, and the duty's runs with the runner's pauses.
final class DriftScene: Sendable {
    let shop: FlowFixture
    private let check: DriftCheck
    private let asked = Asked()
    private let runTakes: Duration
    private let currentFence: Mutex<FencingNumber>

    init(stock: Int = 5, runTakes: Duration = .zero) async throws {
        let shop = try await FlowFixture(stock: stock)
        self.shop = shop
        self.runTakes = runTakes
        let clock = shop.clock
        let (begin, opened) = (ContinuousClock.now, clock.now)
        check = DriftCheck(
            board: shop.board, gate: shop.gate, ledger: shop.ledger, rebuild: { [asked] _ in asked.note() },
            instruments: shop.instruments.sale, now: { begin + (clock.now - opened) })
        currentFence = Mutex(shop.ledger.inner.nextFence(.driftCheck))
    }

    /// The fence of the present lease.
    var fence: FencingNumber { currentFence.withLock { $0 } }

    /// How often the check asked for a rebuild.
    var rebuilds: Int { asked.count }

    /// Another lease of the duty begins.
    func takeOver() { currentFence.withLock { $0 = shop.ledger.inner.nextFence(.driftCheck) } }

    /// One run of the duty and the pause after it. Returns when the run was over.
    @discardableResult
    func run() async throws -> Timestamp {
        let outcome = try await check.tick(shop.board.active(in: .main), fence)
        shop.clock.advance(by: runTakes)
        let end = shop.clock.now
        shop.clock.advance(by: try #require(DutyPace(every: DriftCheck.interval).pause(after: outcome)))
        return end
    }

    /// One run of the duty under a fence.
    func run(under fence: FencingNumber) async throws -> DutyOutcome {
        try await check.tick(shop.board.active(in: .main), fence)
    }

    /// Runs until gate and ledger hold the same units under the same codes.
    func timeUntilMended(from start: Timestamp) async throws -> Duration {
        for _ in 0..<100 {
            let end = try await run()
            let known = await shop.gate.snapshot(of: shop.sale)
            let truth = try await shop.ledger.inner.snapshot(of: shop.sale)
            if known?.held.mapValues(\.code) == truth.held.mapValues(\.code) { return end - start }
        }
        throw Unexpected(what: "a difference that nobody mends")
    }

    /// Whether the gate knows that the buyer holds a unit of the item.
    func isMended(_ item: Int32, _ buyer: String) async throws -> Bool {
        let known = await shop.gate.snapshot(of: shop.sale)
        return known?.held.values.contains { $0.unit.item == item && $0.buyer == BuyerID(buyer) } ?? false
    }

    /// A confirmed hold in the gate that the ledger does not have.
    @discardableResult
    func holdInGateAlone(_ item: Int32, _ buyer: String) async throws -> Hold {
        let hold = Hold(
            unit: Unit(item: item, number: 1), code: CodeMint().mint(shop.sale.id),
            buyer: try #require(BuyerID(buyer)), expiresAt: shop.sale.endedAt)
        _ = await shop.gate.tell([.held(hold)], of: shop.sale)
        return hold
    }

    /// One run of the duty that finds a hold of every item that the gate does not know yet.
    func runInARush(_ buyer: String) async throws {
        var code: CheckoutCode?
        for item in 1...shop.sale.itemCount { code = try await shop.holdInLedgerAlone(item, buyer) }
        try await run()
        _ = await shop.checkout.cancel(try #require(code), item: nil, deadline: .patient)
    }
}
