// Many buyers at once: the winners, the refusals, and the ledger in the end.

import DevStack
import Testing

extension SystemTests {
    @Suite("A rush of buyers")
    struct RaceTests {
        @Test("10,000 buyers take 10,000 items, and every buyer gets its item")
        func everyBuyerGetsHisItem() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serve()
                let sale = try await service.activeSale()
                let statuses = try await Crowd.run(10_000, ports: [service.port]) { connections, number in
                    try Shopper(number, in: sale).checkOutAndPurchase(over: connections)
                }
                #expect(Set(statuses.joined()) == [200])
                #expect(statuses.reduce(0) { $0 + $1.count } == 20_000)
                #expect(try await deployment.ledger.soldUnits == 10_000)
                #expect(try await deployment.ledger.contradictions == 0)
                let metrics = try await service.metrics()
                #expect(metrics.sum("sale_items_sold_total") == 10_000)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("Exactly three of 1,000 buyers of one item get one of its three units, and every no is true")
        func threeUnits() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 1, stock: 3)
                let answers = try await Crowd.run(1_000, ports: [service.port]) { connections, number in
                    try connections[0].sendUntilLetIn("POST", "/checkout?user_id=buyer-\(number)&id=ITM-\(sale)-1")
                }
                let codes = answers.compactMap(\.code)
                #expect(Set(codes).count == 3 && codes.count == 3)
                // Nothing is sold yet: the units are held, and may become free.
                #expect(Set(answers.filter { $0.status != 200 }.map(\.reason)) == ["item_held"])

                let purchases = try await Crowd.run(3, ports: [service.port]) { connections, number in
                    try connections[0].send("POST", "/purchase?code=\(codes[number])")
                }
                #expect(purchases.map(\.status) == [200, 200, 200])
                let reasons = try await Self.refusalsUntilSold(of: sale, at: service)
                #expect(reasons.dropLast().allSatisfy { $0 == "item_held" })
                #expect(["item_sold", "all_items_sold"].contains(reasons.last))
                #expect(try await deployment.ledger.soldUnits == 3)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        /// The answers of later buyers until one is not "held". A read of up to half a second ago may confirm "held",
        /// so it may come for a while after the last unit was sold.
        private static func refusalsUntilSold(of sale: Int, at service: ServeProcess) async throws -> [String?] {
            var reasons: [String?] = []
            let end = ContinuousClock.now + .seconds(5)
            repeat {
                let target = "/checkout?user_id=late-\(reasons.count)&id=ITM-\(sale)-1"
                reasons.append(try await service.ask("POST", target).reason)
            } while reasons.last == "item_held" && ContinuousClock.now < end
            return reasons
        }

        @Test("No buyer hears that an item is sold while one of its units is free again")
        func noFalseSoldOut() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 1, stock: 3)
                // Every buyer cancels, so that a unit always becomes free again.
                let reasons = try await Crowd.run(1_000, ports: [service.port]) { connections, number in
                    let answer = try connections[0].sendUntilLetIn(
                        "POST", "/checkout?user_id=buyer-\(number)&id=ITM-\(sale)-1")
                    guard let code = answer.code else { return answer.reason }
                    return try connections[0].sendUntilLetIn("DELETE", "/checkout?code=\(code)").reason
                }
                #expect(Set(reasons.compactMap { $0 }).isSubset(of: ["item_held"]))
                #expect(reasons.count { $0 == nil } > 3)
                #expect(try await deployment.ledger.number("SELECT count(*) FROM buyers WHERE held + bought > 0") == 0)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("Ten of one buyer's 200 checkouts at once succeed, under one code")
        func limit() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 200)
                let answers = try await Crowd.run(200, ports: [service.port]) { connections, number in
                    try connections[0].sendUntilLetIn("POST", "/checkout?user_id=ann&id=ITM-\(sale)-\(number + 1)")
                }
                let codes = answers.compactMap(\.code)
                #expect(codes.count == 10 && Set(codes).count == 1)
                let refusals = answers.filter { $0.status != 200 }
                #expect(refusals.allSatisfy { $0.status == 400 && $0.reason == "user_limit_exceeded" })
                #expect(refusals.allSatisfy { $0.string("message")?.contains("limit") == true })
                #expect(try await deployment.ledger.number("SELECT held FROM buyers WHERE user_id = 'ann'") == 10)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("When Redis loses everything in the middle, every buyer still gets its item")
        func flushedGate() async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            try await Deployment.with(redisURL: redis.url) { deployment in
                let service = try await deployment.serve()
                let sale = try await service.activeSale()
                let done = Countdown(2_000)
                let console = RedisConsole(url: redis.url)
                let statuses = try await Crowd.run(4_000, ports: [service.port]) { connections, number in
                    if done.isLast() { #expect(console.send("FLUSHALL") == "+OK") }
                    // A 503 asks to come back; otherwise these buyers must get a yes.
                    return try Shopper(number, in: sale, hasKeys: true).checkOutAndPurchase(over: connections)
                }
                #expect(Set(statuses.joined()) == [200])
                #expect(try await deployment.ledger.soldUnits == 4_000)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                await service.process.stop()
            }
            await redis.stop()
        }

        @Test("Two instances share a race and one sale")
        func twoInstances() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serve(), try await deployment.serve()]
                let sales = [try await services[0].activeSale(), try await services[1].activeSale()]
                #expect(sales[0] == sales[1])
                let statuses = try await Crowd.run(4_000, ports: services.map(\.port)) { connections, number in
                    // Each buyer checks out with one instance and purchases with the other.
                    let order = number.isMultiple(of: 2) ? connections : connections.reversed()
                    return try Shopper(number, in: sales[0]).checkOutAndPurchase(over: order)
                }
                #expect(Set(statuses.joined()) == [200])
                #expect(try await deployment.ledger.soldUnits == 4_000)
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sales") == 1)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                for service in services { await service.process.stop() }
            }
        }

        @Test("Two instances create short sales one after the other, with no gap and no overlap")
        func successionOfSales() async throws {
            try await Deployment.with { deployment in
                let settings = ["FLASHSALE_SALE_SECONDS": "2", "FLASHSALE_SALE_ITEMS": "10"]
                let services = [try await deployment.serve(settings), try await deployment.serve(settings)]
                for service in services { _ = try await service.activeSale() }
                let seen = try await Crowd.run(2, ports: services.map(\.port)) { connections, number in
                    var seen: [String] = []
                    let end = ContinuousClock.now + ServiceProcess.patience
                    while Set(seen).count < 4 && ContinuousClock.now < end {
                        let answer = try connections[number].send("GET", "/sales/active")
                        seen.append(answer.string("id") ?? "\(answer.status)")
                    }
                    return Set(seen)
                }
                #expect(seen.allSatisfy { $0.count == 4 && !$0.contains("404") }, "\(seen)")
                let gaps = try await deployment.ledger.number(
                    """
                    SELECT count(*) FROM (
                        SELECT started_at, lag(ended_at) OVER (ORDER BY started_at) AS last FROM sales
                    ) s WHERE started_at <> last
                    """)
                #expect(gaps == 0)
                for service in services { await service.process.stop() }
            }
        }
    }
}
