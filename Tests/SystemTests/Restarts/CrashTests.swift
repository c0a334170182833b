// A service that dies at the worst moments, and its successor: nothing that was acknowledged is lost.

import DevStack
import Testing

extension SystemTests {
    @Suite("A crash")
    struct CrashTests {
        /// The answers that a shopper got before the service died.
        private struct Told: Sendable {
            var buyer: Int
            var code: String?
            var hasBought = false
        }

        @Test(
            "Everything that was acknowledged before the crash is there after it",
            arguments: [
                ("after_reserve:150", "before_commit:60"), ("after_commit:60", "before_reply:300"),
                ("after_epoch_raised:2", "mid_rebuild:2"),
            ])
        func crashes(at points: (String, String)) async throws {
            // Their audits wait for most of the time.
            async let first: Void = Self.crash(at: points.0)
            async let second: Void = Self.crash(at: points.1)
            _ = try await (first, second)
        }

        private static func crash(at point: String) async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            try await Deployment.with(redisURL: redis.url) { deployment in
                let doomed = try await deployment.serveUnscheduled(["FLASHSALE_CRASH_AT": point])
                let sale = try await doomed.createSale(items: 4_000)
                let console = RedisConsole(url: redis.url)
                let flush = Countdown(100)
                let told = try await Crowd.run(4_000, width: 16, ports: [doomed.port]) { connections, number in
                    if flush.isLast() { _ = console.send("FLUSHALL") }
                    return Self.shop(number, in: sale, over: connections[0])
                }
                #expect(await doomed.process.end() == 137, "it did not die at \(point)")
                let heard = told.filter { $0.code != nil }
                #expect(!heard.isEmpty)

                let next = try await deployment.serveUnscheduled()
                #expect(try await next.activeSale() == sale)
                // An acknowledged purchase stands, and a hold can be bought. A key passes the locks of the dead
                // service.
                let statuses = try await Crowd.run(heard.count, width: 16, ports: [next.port]) { connections, number in
                    let target = "/purchase?code=\(heard[number].code ?? "")"
                    return try connections[0].send("POST", target, fields: [("Idempotency-Key", "next")]).status
                }
                #expect(zip(heard, statuses).allSatisfy { $1 == 409 || ($1 == 200 && !$0.hasBought) })
                #expect(try await deployment.ledger.soldUnits >= heard.count)
                #expect(try await deployment.ledger.contradictions == 0)
                // It reads the gate for 5 s: the dead service's traces must be gone by then.
                try await deployment.audit()
                await next.process.stop()
            }
            await redis.stop()
        }

        private static func shop(_ number: Int, in sale: Int, over connection: HTTPConnection) -> Told {
            var told = Told(buyer: number)
            let target = "/checkout?user_id=buyer-\(number)&id=ITM-\(sale)-\(number + 1)"
            told.code = (try? connection.send("POST", target))?.code
            if let code = told.code {
                told.hasBought = (try? connection.send("POST", "/purchase?code=\(code)"))?.status == 200
            }
            return told
        }
    }
}
