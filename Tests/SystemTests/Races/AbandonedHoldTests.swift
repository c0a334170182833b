// Abandoned holds: their units are for sale again in time, and not before.

import Testing

extension SystemTests {
    @Suite("Abandoned holds")
    struct AbandonedHoldTests {
        @Test("The units of 100 abandoned holds are for sale again soon after their expiry, and not before")
        func abandoned() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_HOLD_SECONDS": "2"])
                let sale = try await service.createSale(items: Self.count)
                let first = try await Self.checkOut(Array(1...Self.count), as: "first", of: sale, at: service)
                #expect(first.map(\.status) == Array(repeating: 200, count: Self.count))

                // In rounds over the remaining units, as fast as the service refuses: each unit is taken as soon as
                // possible.
                var left = Array(1...Self.count)
                let end = ContinuousClock.now + ServiceProcess.patience
                while !left.isEmpty && ContinuousClock.now < end {
                    let answers = try await Self.checkOut(left, as: "second", of: sale, at: service)
                    #expect(answers.filter { $0.status != 200 }.allSatisfy { $0.reason == "item_held" })
                    left = zip(left, answers).filter { $1.status != 200 }.map { $0.0 }
                }
                #expect(left.isEmpty)

                let late = try await deployment.ledger.numbers(
                    """
                    SELECT extract(epoch FROM b.held_at - a.expires_at) * 1000
                    FROM holds a JOIN holds b ON b.item = a.item AND b.held_at > a.held_at
                    JOIN checkouts c ON c.code = a.code JOIN checkouts d ON d.code = b.code
                    WHERE c.user_id LIKE 'first-%' AND d.user_id LIKE 'second-%'
                    """)
                #expect(late.count == Self.count)
                let latest = Int(ServiceProcess.soon / .milliseconds(1))
                #expect(late.allSatisfy { (0...latest).contains($0) }, "milliseconds after expiry: \(late.sorted())")
                try await Self.checkTotals(deployment)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        private static let count = 100

        private static func checkOut(
            _ items: [Int], as buyer: String, of sale: Int, at service: ServeProcess
        ) async throws -> [HTTPAnswer] {
            try await Crowd.run(items.count, width: 16, ports: [service.port]) { connections, number in
                let item = items[number]
                return try connections[0].send("POST", "/checkout?user_id=\(buyer)-\(item)&id=ITM-\(sale)-\(item)")
            }
        }

        private static func checkTotals(_ deployment: Deployment) async throws {
            let firstTotals = try await deployment.ledger.numbers(
                "SELECT held + bought FROM buyers WHERE user_id LIKE 'first-%'")
            #expect(firstTotals == Array(repeating: 0, count: count))
            #expect(try await deployment.ledger.contradictions == 0)
        }
    }
}
