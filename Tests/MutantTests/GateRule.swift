// Rules of the gate in Redis that its seam does not show: what lost and foreign keys mean.

import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Telemetry

/// A rule, tried on a gate with one loaded sale of four items.
struct GateRule: Sendable {
    let sentence: String
    /// What happens to the sale's keys.
    private let blow: [String]

    /// Whose gate it is.
    static let ledger = LedgerID("00c0ffee00c0ffee")!
    private static let keys = "flashsale:{\(ledger):1}"

    static let all = [
        GateRule(
            sentence: "A gate whose marker is another run's is not loaded",
            blow: ["SET", "\(keys):marker", "1 other 1"]),
        GateRule(sentence: "A gate whose marker is gone is not loaded", blow: ["DEL", "\(keys):marker"]),
        GateRule(sentence: "A gate that lost its free units is not loaded", blow: ["DEL", "\(keys):1:free"]),
        GateRule(sentence: "A gate that lost its buyers is not loaded", blow: ["DEL", "\(keys):1:buyers"]),
    ]

    func run(on gate: RedisSaleGate, _ client: RedisClient) async throws {
        let sale = Sale(
            id: SaleID(1), startedAt: Timestamp(microseconds: 1_700_000_000_000_000),
            endedAt: Timestamp(microseconds: 4_000_000_000_000_000), itemCount: 4, stockPerItem: 1,
            maxItemsPerBuyer: 10, hold: .seconds(60), epoch: 1)
        guard await gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale), let ann = BuyerID("ann") else {
            throw RuleBroken("the gate could not be loaded")
        }
        _ = try await client.send(RedisCommand(.other, blow), within: .seconds(10))
        let outcome = await gate.reserve(
            ItemID(sale: sale.id, number: 1), for: ann, of: sale,
            candidate: CheckoutCode(sale: sale.id, high: 1, low: 2))
        guard outcome == .notLoaded else { throw RuleBroken("it returned \(outcome)") }
    }
}
