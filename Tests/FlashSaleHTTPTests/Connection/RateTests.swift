// Who comes too often: the decision, and what a buyer hears of it.

import FlashSale
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("The rate of a buyer")
struct RateTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func admitted(_ count: Int, of table: inout RateTable, key: UInt64 = 1, after: Duration = .zero) -> Int {
        (0..<count).count { _ in table.admits(key, at: Self.start + after) }
    }

    @Test("A burst is admitted at once, then as many as the rate allows")
    func burst() {
        var table = RateTable(perSecond: 10, burst: 5, size: 8)
        #expect(admitted(20, of: &table) == 5)
        #expect(admitted(20, of: &table, after: .milliseconds(99)) == 0)
        #expect(admitted(20, of: &table, after: .milliseconds(300)) == 3)
        #expect(admitted(20, of: &table, after: .seconds(60)) == 5)
    }

    @Test("What was refused costs nothing")
    func refused() {
        var table = RateTable(perSecond: 10, burst: 1, size: 8)
        #expect(admitted(1_000, of: &table) == 1)
        #expect(admitted(1, of: &table, after: .milliseconds(100)) == 1)
    }

    @Test("Buyers do not share a rate, also not where they share a place in the table")
    func others() {
        var table = RateTable(perSecond: 10, burst: 2, size: 8)
        #expect(admitted(5, of: &table, key: 3) == 2)
        #expect(admitted(5, of: &table, key: 4) == 2)
        #expect(admitted(5, of: &table, key: 11) == 2)
    }

    @Test("Who comes too often is told to wait, is counted, and does not reach the flow")
    func answer() async throws {
        try await TestServer.with {
            $0.limits.buyerRequestsPerSecond = 1
            $0.limits.buyerRequestsBurst = 2
        } _: { server in
            for _ in 0..<2 { _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1") }
            let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(answer.status == 429)
            #expect(answer["Retry-After"] != nil)
            #expect(answer.text.contains(#""code":"rate_limited""#))
            #expect(try await server.ask("POST", "/checkout?user_id=bob&id=ITM-7-1").status != 429)
            #expect(server.instruments.http.requestsRejectedTotal.value(.rateLimited) == 1)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 3)
        }
    }

    @Test("Without a limit nobody is refused")
    func unlimited() {
        var limits = HTTPLimits()
        limits.buyerRequestsPerSecond = 0
        let rates = BuyerRates(limits: limits)
        #expect((0..<10_000).allSatisfy { _ in rates.admits("ann") })
    }

    @Test("A burst of one buyer leaves the others theirs", arguments: [1, 7])
    func shards(burst: Int) {
        var limits = HTTPLimits()
        limits.buyerRequestsPerSecond = 1
        limits.buyerRequestsBurst = burst
        let rates = BuyerRates(limits: limits)
        for buyer in 0..<100 {
            #expect((0..<20).count { _ in rates.admits("buyer-\(buyer)", at: Self.start) } == burst)
        }
    }
}
