// The rate of a buyer: the decision, and the admission that asks for it.

import Telemetry
import Testing

@testable import FlashSale

@Suite struct BuyerRatesTests {
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

    @Test("A refused request does not count")
    func refused() {
        var table = RateTable(perSecond: 10, burst: 1, size: 8)
        #expect(admitted(1_000, of: &table) == 1)
        #expect(admitted(1, of: &table, after: .milliseconds(100)) == 1)
    }

    @Test("Buyers do not share a rate, even if they share a place in the table")
    func others() {
        var table = RateTable(perSecond: 10, burst: 2, size: 8)
        #expect(admitted(5, of: &table, key: 3) == 2)
        #expect(admitted(5, of: &table, key: 4) == 2)
        #expect(admitted(5, of: &table, key: 11) == 2)
    }

    @Test("Without a limit no request is refused")
    func unlimited() {
        let rates = BuyerRates(perSecond: 0, burst: 1)
        #expect((0..<10_000).allSatisfy { _ in rates.admits("ann") })
    }

    @Test("A burst of one buyer takes nothing from the others", arguments: [1, 7])
    func shards(burst: Int) {
        let rates = BuyerRates(perSecond: 1, burst: burst)
        for buyer in 0..<100 {
            #expect((0..<20).count { _ in rates.admits("buyer-\(buyer)", at: Self.start) } == burst)
        }
    }

    @Test("A checkout counts for its buyer, a cancel and a purchase for their code")
    func subjects() async throws {
        let rates = BuyerRates(perSecond: 1, burst: 2)
        let buyer = try #require(BuyerID("ann"))
        let code = CheckoutCode(sale: SaleID(7), high: 1, low: 2)
        for request in [AdmissionRequest.checkout(buyer), .checkout(buyer), .cancel(code), .purchase(code)] {
            #expect(await rates.refusal(of: request) == nil)
        }
        for request in [AdmissionRequest.checkout(buyer), .cancel(code), .purchase(code)] {
            #expect(await rates.refusal(of: request) == Refusal(.rateLimited))
        }
    }
}
