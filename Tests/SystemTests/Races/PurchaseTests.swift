// One purchase sent many times at once.

import Testing

extension SystemTests {
    @Suite("A purchase that is sent again")
    struct PurchaseTests {
        @Test("50 purchases of one code at once make one order, and every answer names it or asks to wait")
        func withoutKey() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: Self.rounds)
                for round in 1...Self.rounds {
                    let code = try await Self.cart(of: "buyer-\(round)", item: "ITM-\(sale)-\(round)", at: service)
                    let answers = try await Self.purchases(of: code, fields: [], at: service)
                    let orders = Set(answers.compactMap(\.orderID))
                    #expect(orders.count == 1)
                    #expect(answers.count { $0.status == 200 } == 1)
                    #expect(answers.filter { $0.status != 200 }.allSatisfy(Self.isDocumented))
                    let known = try await service.ask("GET", "/orders/\(code)")
                    #expect(known.status == 200 && known.orderID == orders.first)
                }
                try await Self.settled(deployment)
                await service.process.stop()
            }
        }

        @Test("50 purchases with one Idempotency-Key at once get equal answers, byte by byte")
        func withKey() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: Self.rounds)
                for round in 1...Self.rounds {
                    let code = try await Self.cart(of: "buyer-\(round)", item: "ITM-\(sale)-\(round)", at: service)
                    let fields = [("Idempotency-Key", "key-\(round)")]
                    let answers = try await Self.purchases(of: code, fields: fields, at: service)
                    let yes = answers.filter { $0.status == 200 }
                    #expect(Set(yes.map(\.body)).count == 1)
                    #expect(yes.count { $0["Idempotency-Replayed"] == nil } == 1)
                    #expect(answers.filter { $0.status != 200 }.allSatisfy { $0.reason == "purchase_in_progress" })
                    let again = try await service.ask("POST", "/purchase?code=\(code)", fields: fields)
                    #expect(again.status == 200 && again.body == yes.first?.body)
                    #expect(again["Idempotency-Replayed"] == "true")
                }
                try await Self.settled(deployment)
                await service.process.stop()
            }
        }

        private static let rounds = 5

        private static func cart(of buyer: String, item: String, at service: ServeProcess) async throws -> String {
            try #require(try await service.ask("POST", "/checkout?user_id=\(buyer)&id=\(item)").code)
        }

        private static func purchases(
            of code: String, fields: [(String, String)], at service: ServeProcess
        ) async throws -> [HTTPAnswer] {
            try await Crowd.run(50, width: 50, ports: [service.port]) { connections, _ in
                try connections[0].send("POST", "/purchase?code=\(code)", fields: fields)
            }
        }

        private static func isDocumented(_ answer: HTTPAnswer) -> Bool {
            guard answer.status == 409 else { return false }
            if answer.reason == "purchase_in_progress" { return true }
            return answer.reason == "already_processed" && answer.orderID != nil
        }

        private static func settled(_ deployment: Deployment) async throws {
            #expect(try await deployment.ledger.number("SELECT count(*) FROM orders") == rounds)
            #expect(try await deployment.ledger.soldUnits == rounds)
            #expect(try await deployment.ledger.contradictions == 0)
            try await deployment.audit()
        }
    }
}
