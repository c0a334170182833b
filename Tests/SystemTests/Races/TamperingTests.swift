// Shows that the checks at the end of the other tests work: they find a ledger that was tampered with.

import Testing

extension SystemTests {
    @Suite("The tests' own checks")
    struct TamperingTests {
        @Test(
            "The tests' SQL and the auditor find a ledger that contradicts itself",
            arguments: [
                "UPDATE buyers SET held = 2 WHERE user_id = 'holder'",
                "DELETE FROM units WHERE order_number IS NULL",
                "UPDATE units SET order_number = 77 WHERE order_number IS NULL",
                "DELETE FROM orders",
                "UPDATE stocks SET sold = 0",
                "UPDATE buyers SET bought = 0 WHERE user_id = 'buyer-0'",
            ])
        func contradiction(script: String) async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_HOLD_SECONDS": "3600"])
                let sale = try await service.createSale(items: 2)
                let held = try await service.ask("POST", "/checkout?user_id=holder&id=ITM-\(sale)-2")
                let bought = try await Crowd.run(1, ports: [service.port]) { connections, number in
                    try Shopper(number, in: sale).checkOutAndPurchase(over: connections)
                }
                #expect(held.status == 200 && bought == [[200, 200]])
                await service.process.stop()
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.ledger.run(script)
                #expect(try await deployment.ledger.contradictions > 0)
                let auditor = try ServiceProcess(["audit", "--database-url", deployment.databaseURL])
                #expect(await auditor.end() == 1, "\(auditor.output)\(auditor.errors)")
                // A breach is in the table on standard output; an auditor that could not work says so on standard
                // error.
                #expect(!auditor.output.isEmpty && auditor.errors.isEmpty, "\(auditor.errors)")
            }
        }
    }
}
