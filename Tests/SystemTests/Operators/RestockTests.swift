// An operator restocks a sale whose end every instance remembers: soon each sells the new units.

import Foundation
import Testing

extension SystemTests {
    @Suite("A restock while a sale is on")
    struct RestockTests {
        private static let items = 10_000

        @Test("Ten thousand new units are for sale at every instance soon, and taken ones stay")
        func restock() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled()]
                _ = try await services[0].createSale(items: Self.items, limit: 1)
                try await Self.sell(to: "first", at: services[0])
                // Both instances remember that the item is sold.
                for service in services {
                    for _ in 0..<3 { #expect(try await Self.checkOut("early", at: service).reason == "item_sold") }
                }
                let began = ContinuousClock.now
                try await Self.patch(#""stock_per_item":3"#, version: 1, at: services[0])
                let places = [1, Self.items / 2, Self.items]
                for (number, service) in services.enumerated() {
                    for item in places {
                        let buyer = "late-\(number)-\(item)"
                        var answer = try await Self.checkOut(buyer, item: item, at: service)
                        while answer.status == 409, ContinuousClock.now - began < ServiceProcess.soon {
                            answer = try await Self.checkOut(buyer, item: item, at: service)
                        }
                        #expect(answer.status == 200)
                    }
                }
                let refused = try await Self.patch(#""stock_per_item":2"#, version: 2, status: 409, at: services[1])
                #expect(refused.reason == "stock_in_use")
                let stock = try await deployment.ledger.number("SELECT free FROM stock_count(1)")
                #expect(stock == Self.items * 3 - 1 - services.count * places.count)

                try await Self.patch(#""max_items_per_user":2"#, version: 2, at: services[1])
                try await Self.patch(#""price":1"#, version: 3, path: "/items/2", at: services[0])
                for service in services { try await Self.sell(to: "first", item: 2, at: service, isOnce: true) }
                #expect(try await deployment.ledger.number("SELECT min(total_minor) FROM orders") == 1)
                try await deployment.audit()
                for service in services { await service.process.stop() }
            }
        }

        private static func checkOut(
            _ buyer: String, item: Int = 1, at service: ServeProcess
        ) async throws -> HTTPAnswer {
            try await service.ask("POST", "/checkout?user_id=\(buyer)&id=ITM-1-\(item)")
        }

        /// A buyer buys the item. Whoever has it in order hears of the limit, `isOnce`.
        private static func sell(
            to buyer: String, item: Int = 1, at service: ServeProcess, isOnce: Bool = false
        ) async throws {
            let cart = try await checkOut(buyer, item: item, at: service)
            if isOnce, cart.reason == "user_limit_exceeded" { return }
            let code = try #require(cart.string("code"), "\(cart.text)")
            #expect(try await service.ask("POST", "/purchase?code=\(code)").status == 200)
        }

        @discardableResult
        private static func patch(
            _ change: String, version: Int, status: Int = 200, path: String = "", at service: ServeProcess
        ) async throws -> HTTPAnswer {
            let answer = try await service.ask(
                "PATCH", "/admin/sales/1\(path)",
                fields: [
                    ("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json"),
                    ("If-Match", "\"\(version)\""),
                ], body: #"{"reason":"a truck",\#(change)}"#)
            #expect(answer.status == status, "\(answer.text)")
            return answer
        }
    }
}
