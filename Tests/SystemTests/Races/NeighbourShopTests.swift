// A shop whose sale stands still, beside one that sells: what both share is connections.

import Testing

extension SystemTests {
    @Suite("A shop beside one that stands still")
    struct NeighbourShopTests {
        @Test("While a sale is locked, and its buyers check out, buy and cancel in vain, another shop sells as ever")
        func locked() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_SHOPS": "lego"])
                let main = try await service.createSale(items: 100)
                let lego = try await service.createSale(items: 40, shop: "lego")
                let codes = try await Crowd.run(48, width: 16, ports: [service.port]) { connections, number in
                    try connections[0].send("POST", "/checkout?user_id=a-\(number)&id=ITM-\(main)-\(number + 1)").code
                }.compactMap(\.self)
                try #require(codes.count == 48)
                try await deployment.ledger.withSaleBlocked(main) {
                    async let vain = Self.tryInVain(codes, of: main, at: service)
                    // Those wait for the lock, each kind on a connection of its own.
                    try await until("all kinds of batches wait") {
                        try await deployment.ledger.number(
                            """
                            select count(distinct query) from pg_stat_activity
                            where wait_event = 'advisory' and query ~ 'ledger_(record|order|release)'
                            """) == 3
                    }
                    let sold = try await Crowd.run(40, width: 2, ports: [service.port]) { connections, number in
                        let cart = try connections[0].send(
                            "POST", "/checkout?user_id=b-\(number)&id=ITM-\(lego)-\(number + 1)",
                            fields: [("X-Shop-ID", "lego")])
                        guard let code = cart.code else { return [cart.status] }
                        return [cart.status, try connections[0].send("POST", "/purchase?code=\(code)").status]
                    }
                    #expect(sold.allSatisfy { $0 == [200, 200] }, "\(Set(sold))")
                    let refused = try await vain
                    #expect(refused.allSatisfy { $0 == 503 }, "\(Set(refused))")
                }
                try await deployment.audit()
                await service.process.stop()
            }
        }

        /// Requests of each kind for a sale that stands still. No code is named twice: the second purchase of one could
        /// hear that the first is at work.
        private static func tryInVain(
            _ codes: [String], of sale: Int, at service: ServeProcess
        ) async throws -> [Int] {
            try await Crowd.run(48, width: 24, ports: [service.port]) { connections, number in
                switch number % 3 {
                case 0:
                    try connections[0].send("POST", "/checkout?user_id=c-\(number)&id=ITM-\(sale)-\(number + 50)")
                        .status
                case 1: try connections[0].send("POST", "/purchase?code=\(codes[number])").status
                default: try connections[0].send("DELETE", "/checkout?code=\(codes[number])").status
                }
            }
        }
    }
}
