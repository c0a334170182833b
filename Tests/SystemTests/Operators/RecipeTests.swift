// What an operator does in SQL: the recipes of docs/OPERATING.md as they stand there, and a slip.

import Foundation
import Testing

extension SystemTests {
    @Suite("An operator's hands in the ledger")
    struct RecipeTests {
        /// How soon every instance goes by what an operator did.
        private static let soon = Duration.seconds(5)

        @Test("Every instance pauses, resumes, restocks, extends and stops a sale within 5 s of the recipe")
        func recipes() async throws {
            let recipes = try Self.recipes()
            try await Deployment.with { deployment in
                let services = [
                    try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled(),
                ]
                let sale = try await services[0].createSale(items: 1)
                #expect(sale == 1)
                #expect(try await services[1].activeSale() == 1)
                try await deployment.ledger.run(recipes.pause)
                try await Self.expect("it is paused", 409, buyers: "hasty", at: services)
                try await deployment.ledger.run(recipes.resume)
                try await Self.until("it goes on") { try await Self.checkOut("first", at: services[0]) == 200 }
                let who = "actor = 'ann' AND reason LIKE 'the supplier %'"
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sale_events WHERE \(who)") == 2)
                try await Self.expect("it is held", 409, buyers: "early", at: services)

                try await deployment.ledger.run(recipes.restock)
                try await Self.expect("a unit is for sale", 200, buyers: "late", at: services)
                let end = try await Self.end(of: services[0])
                try await deployment.ledger.run(recipes.extend)
                for service in services {
                    try await Self.until("it ends later") { try await Self.end(of: service) != end }
                }
                try await deployment.audit()
                try await Self.refund(recipes.refund, in: deployment, at: services)
                try await deployment.ledger.run(recipes.stop)
                try await Self.expect("it is over", 400, buyers: "last", at: services)
                for service in services { await service.process.stop() }
            }
        }

        @Test("Units beyond a sale's stock end no process, and the audit names them")
        func slip() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                _ = try await service.createSale(items: 2)
                try await deployment.ledger.run(
                    """
                    INSERT INTO units (sale_id, item, number) SELECT 1, i, 1 FROM generate_series(1, 2) i;
                    INSERT INTO units (sale_id, item, number, code, request, held_at, expires_at)
                    SELECT 1, i, n, gen_random_uuid(), gen_random_uuid(), now(), now() + interval '1 hour'
                    FROM generate_series(1, 2) i, generate_series(2, 20) n
                    """)
                for buyer in 0..<12 { _ = try await Self.checkOut("slip-\(buyer)", at: service) }
                try await deployment.ledger.run("UPDATE sales SET epoch = epoch + 1")
                try await Self.until("the gate is loaded anew") {
                    try await deployment.ledger.number("SELECT epoch FROM sales") > 3
                }
                for buyer in 12..<24 { _ = try await Self.checkOut("slip-\(buyer)", at: service) }
                #expect(try await service.isReady())
                let complaint = try await deployment.auditComplaint()
                #expect(complaint?.contains("is taken, and its sale has 2 items of 1 units") == true)
                await service.process.stop()
            }
        }

        /// The first buyer purchases its unit, of which the recipe takes it back.
        private static func refund(
            _ recipe: String, in deployment: Deployment, at services: [ServeProcess]
        ) async throws {
            let cart = try await services[0].ask("POST", "/checkout?user_id=first&id=ITM-1-1")
            let code = try #require(cart.string("checkout_code"))
            #expect(try await services[0].ask("POST", "/purchase?code=\(code)").status == 200)
            #expect(try await checkOut("eager", at: services[1]) == 409)
            try await deployment.ledger.run(recipe)
            #expect(try await services[0].ask("GET", "/orders/\(code)").text.contains(#"},"refunded_at":"#))
            try await expect("the unit is for sale again", 200, buyers: "again", at: [services[1]])
            try await deployment.audit()
        }

        private static func checkOut(_ buyer: String, at service: ServeProcess) async throws -> Int {
            try await service.ask("POST", "/checkout?user_id=\(buyer)&id=ITM-1-1").status
        }

        private static func end(of service: ServeProcess) async throws -> String? {
            try await service.ask("GET", "/sales/1").string("ended_at")
        }

        /// Waits until a new buyer's checkout has this status at each instance.
        private static func expect(
            _ what: String, _ status: Int, buyers: String, at services: [ServeProcess]
        ) async throws {
            for (number, service) in services.enumerated() {
                var tries = 0
                try await until(what) {
                    tries += 1
                    return try await checkOut("\(buyers)-\(number)-\(tries)", at: service) == status
                }
            }
        }

        private static func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
            let end = ContinuousClock.now + soon
            while try await !isSo() { try #require(ContinuousClock.now < end, "in vain: \(what)") }
        }

        /// The page's recipes, in its order.
        private static func recipes() throws -> Recipes {
            let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
            let page = try String(contentsOfFile: "\(root)/docs/OPERATING.md", encoding: .utf8)
            let blocks = page.matches(of: #/```sql\n((?s).*?)```/#).map { String($0.1) }
            try #require(blocks.count == 6)
            return Recipes(
                pause: blocks[0], resume: blocks[1], stop: blocks[2], extend: blocks[3], restock: blocks[4],
                refund: blocks[5])
        }

        private struct Recipes {
            let pause: String
            let resume: String
            let stop: String
            let extend: String
            let restock: String
            let refund: String
        }
    }
}
