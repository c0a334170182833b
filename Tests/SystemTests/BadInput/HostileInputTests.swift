// Requests that no honest client sends, to a real process: each gets its documented answer, and the counts still
// balance.

import Testing

extension SystemTests {
    @Suite("Hostile input")
    struct HostileInputTests {
        @Test("Every bad request gets its documented answer, and is counted once")
        func requests() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_HOLD_SECONDS": "3600"])
                let sale = try await service.createSale(items: 3)
                let samples = BadRequest.all(sale: sale)
                let answers = try await Crowd.run(samples.count, width: 8, ports: [service.port]) {
                    try $0[0].send(bytes: samples[$1].bytes)
                }
                for (sample, answer) in zip(samples, answers) {
                    #expect(answer.status == sample.status, "\(sample.name): \(answer.text)")
                    #expect(answer.reason == sample.reason, "\(sample.name): \(answer.text)")
                    #expect(answer["Content-Type"] == "application/problem+json", "\(sample.name)")
                    #expect(answer["X-Request-Id"]?.isEmpty == false, "\(sample.name)")
                }
                // An honest buyer beside them is served.
                let honest = try await Crowd.run(2, width: 1, ports: [service.port]) { connections, number in
                    try Shopper(number, in: sale).checkOutAndPurchase(over: connections)
                }
                #expect(honest == [[200, 200], [200, 200]])
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sales") == 1)
                #expect(try await deployment.ledger.number("SELECT count(*) FROM buyers") == 2)
                try await Self.expectBalance(of: samples, service, deployment)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("A service without a token accepts no token")
        func noToken() async throws {
            try await Deployment.with { deployment in
                var settings = deployment.settings
                settings["FLASHSALE_ADMIN_TOKEN"] = nil
                settings["FLASHSALE_SCHEDULER"] = "off"
                let service = try await ServeProcess(settings)
                for token in [Deployment.adminToken, "", "null"] {
                    let answer = try await service.ask(
                        "POST", "/admin/sales",
                        fields: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
                        body: #"{"total_items":1}"#)
                    #expect([401, 403].contains(answer.status))
                }
                let nothing = try await service.ask("GET", "/sales/active")
                #expect(nothing.status == 404 && nothing.reason == "sale_not_found")
                let checkout = try await service.ask("POST", "/checkout?user_id=ann&id=ITM-1-1")
                #expect(checkout.status == 404 && checkout.reason == "item_not_found")
                await service.process.stop()
            }
        }

        /// Attempts equal successes and failures, and the requests that reached the routes; every counted sold unit has
        /// its row.
        private static func expectBalance(
            of samples: [BadRequest], _ service: ServeProcess, _ deployment: Deployment
        ) async throws {
            let metrics = try await service.metrics()
            for kind in ["checkout", "purchase"] {
                let attempts = metrics.sum("\(kind)_attempts_total")
                let ends = metrics.sum("\(kind)_success_total") + metrics.sum("\(kind)_failure_total")
                #expect(attempts == ends)
                let requests = metrics.sum("http_requests_total", ["handler": kind, "method": "POST"])
                // A body that is too large is refused before any route: no flow sees it.
                let unread = samples.count { $0.name.hasPrefix("POST /\(kind)") && $0.status == 413 }
                #expect(attempts == requests - unread)
                #expect(attempts > 10)
            }
            #expect(metrics.sum("sale_items_sold_total") == (try await deployment.ledger.soldUnits))
            let faults = ["500", "502", "503", "504"].reduce(0) { sum, status in
                sum + metrics.sum("http_requests_total", ["status_code": status])
            }
            #expect(faults == 0)
        }
    }
}
