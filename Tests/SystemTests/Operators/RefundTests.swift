// An operator refunds an order of a sold-out sale: its unit is for sale at every instance, once.

import Foundation
import Testing

extension SystemTests {
    @Suite("A refund while a sale is on")
    struct RefundTests {
        @Test("A refunded unit is for sale at every instance soon, whatever is sent again, and once")
        func refund() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled()]
                _ = try await services[0].createSale(items: 2, limit: 2)
                let code = try await services[0].buy("first", items: [1, 2])
                // Both instances remember that all is sold.
                for service in services {
                    for _ in 0..<3 { #expect(try await Self.checkOut("early", at: service).status == 409) }
                }
                let refunds = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                    for service in services + services {
                        group.addTask { try await Self.refund(code, #","items":["ITM-1-1"]"#, at: service) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(refunds.map(\.status) == [200, 200, 200, 200])
                #expect(refunds.count { $0["Idempotency-Replayed"] == nil } == 1)
                // The purchase that is sent again hides nothing.
                #expect(try await services[0].ask("POST", "/purchase?code=\(code)").reason == "already_processed")
                let winners = try await Self.untilSold(to: "late", at: services[1])
                #expect(winners == 1)
                for service in services {
                    #expect(try await Self.checkOut("later", at: service).status == 409)
                    let order = try await service.ask("GET", "/orders/\(code)")
                    #expect(order.text.contains(#"},"refunded_at":"2"#), "\(order.text)")
                    #expect(order.text.contains(#""total_refunded":{"amount":"#))
                }
                let log = try await services[0].ask("GET", "/admin/sales/1/log", fields: Self.admin)
                #expect(log.text.contains(#""items":["ITM-1-1"],"total_refunded""#) && !log.text.contains(code))
                let again = try await Self.refund(code, #","items":["ITM-1-1"]"#, key: "another", at: services[0])
                #expect(again.status == 409 && again.reason == "nothing_to_refund")
                try await deployment.audit()
                for service in services { await service.process.stop() }
                #expect(!services.contains { $0.process.errors.contains(code) })
            }
        }

        private static let admin = [("Authorization", "Bearer \(Deployment.adminToken)")]

        private static func refund(
            _ code: String, _ items: String, key: String = "one", at service: ServeProcess
        ) async throws -> HTTPAnswer {
            let fields = admin + [("Content-Type", "application/json"), ("If-Match", "*"), ("Idempotency-Key", key)]
            return try await service.ask(
                "POST", "/admin/orders/\(code)/refund", fields: fields, body: #"{"reason":"it came broken"\#(items)}"#)
        }

        private static func checkOut(_ buyer: String, at service: ServeProcess) async throws -> HTTPAnswer {
            try await service.ask("POST", "/checkout?user_id=\(buyer)&id=ITM-1-1")
        }

        /// Buyers try, one after another, until one gets the unit and buys it; how many bought.
        private static func untilSold(to buyer: String, at service: ServeProcess) async throws -> Int {
            let end = ContinuousClock.now + ServiceProcess.soon
            var attempt = 0
            while ContinuousClock.now < end {
                attempt += 1
                guard let code = try await checkOut("\(buyer)-\(attempt)", at: service).code else { continue }
                return try await service.ask("POST", "/purchase?code=\(code)").status == 200 ? 1 : 0
            }
            return 0
        }
    }
}
