// The drift check over a sale of four windows, whose looks take time.

import FlashSale
import FlashSaleTesting
import Synchronization
import Telemetry
import Testing

/// A sale of four items, each a window of its own, and the duty's runs with the runner's pauses.
final class DriftScene: Sendable {
    let shop: FlowFixture
    private let check: DriftCheck
    private let fence = Mutex<Int64>(1)

    /// - Parameter lookTakes: how long a snapshot of the ledger takes.
    init(lookTakes: Duration = .milliseconds(250)) async throws {
        let shop = try await FlowFixture(stock: Self.stock)
        self.shop = shop
        let clock = shop.clock
        let (begin, opened) = (ContinuousClock.now, clock.now)
        check = DriftCheck(
            board: shop.board, gate: shop.gate, ledger: shop.ledger, rebuild: { _ in },
            instruments: shop.instruments.sale, unitsPerWindow: Int32(Self.stock),
            now: { begin + (clock.now - opened) })
        shop.ledger.afterSnapshot { clock.advance(by: lookTakes) }
    }

    private static let stock = 5

    /// Another lease of the duty begins.
    func takeOver() { fence.withLock { $0 += 1 } }

    /// One run of the duty and the pause after it. Returns when the run was over.
    @discardableResult
    func look() async throws -> Timestamp {
        let outcome = try await check.tick(FencingNumber(fence.withLock { $0 }))
        let pause = DutyPace(every: DriftCheck.interval).pause(after: outcome)
        let end = shop.clock.now
        shop.clock.advance(by: try #require(pause))
        return end
    }

    /// Looks until gate and ledger hold the same units under the same codes.
    func timeUntilMended(from start: Timestamp) async throws -> Duration {
        for _ in 0..<100 {
            let end = try await look()
            let known = await shop.gate.snapshot(of: shop.sale, items: 1...4)
            let truth = try await shop.ledger.inner.snapshot(of: shop.sale)
            if known?.held.mapValues(\.code) == truth.held.mapValues(\.code) { return end - start }
        }
        throw Unexpected(what: "a difference that nobody mends")
    }

    /// Whether the gate knows that the buyer holds a unit of the item.
    func isMended(_ item: Int32, _ buyer: String) async throws -> Bool {
        let known = await shop.gate.snapshot(of: shop.sale, items: item...item)
        return known?.held.values.contains { $0.buyer == BuyerID(buyer) } ?? false
    }

    /// A confirmed hold in the gate that the ledger does not have.
    func holdInGateAlone(_ item: Int32, _ buyer: String) async throws {
        let hold = Hold(
            unit: Unit(item: item, number: 1), code: CodeMint().mint(shop.sale.id),
            buyer: try #require(BuyerID(buyer)), expiresAt: shop.sale.endedAt)
        _ = await shop.gate.tell([.held(hold)], of: shop.sale)
    }

    /// One run of the duty that finds a hold of every item that the gate does not know yet.
    func lookInARush(_ buyer: String) async throws {
        var code: CheckoutCode?
        for item in 1...shop.sale.itemCount { code = try await shop.holdInLedgerAlone(item, buyer) }
        try await look()
        _ = await shop.checkout.cancel(try #require(code), item: nil, deadline: .patient)
    }
}
