// The loss of a primary while buyers buy, and the promotion of its standby.

import Testing

@testable import DevStack

extension SystemTests {
    @Suite("A primary and its standby behind one URL")
    struct PromotionTests {
        @Test("A standby hangs, the primary is lost, and the standby is promoted: no restart, and nothing told is lost")
        func promotion() async throws {
            let primary = try await PrivatePostgres.start(.ephemeral)
            try await Deployment.migrate(primary.url)
            let standby = try await PrivatePostgres.start(.ephemeral, standbyOf: primary)
            let former = try LedgerReader(url: primary.url)
            try await former.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
            try await former.run("SELECT pg_reload_conf()")
            try await until("commits wait for the standby") {
                try await former.number("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1
            }
            let both = "127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)"
            let ledger = try LedgerReader(url: standby.url)
            let deployment = Deployment(
                databaseURL: primary.url.replacing("127.0.0.1:\(primary.port)", with: both)
                    + "?target_session_attrs=read-write",
                redisURL: try await TestServers.shared.redisURL(), ledger: ledger)

            var services: [ServeProcess] = []
            for _ in 0..<2 { services.append(try await deployment.serveUnscheduled(["FLASHSALE_HOLD_SECONDS": "3"])) }
            let careful = try await deployment.serveUnscheduled(ContraryDefaultsTests.replicated)
            try await until("the service is ready while commits wait for a standby") { try await careful.isReady() }
            try await until("the metrics say that commits wait") {
                try await services[0].metrics().sum("db_replication_synchronous") == 1
            }
            let sale = try await services[0].createSale(items: Self.items, stock: Rush.stock, limit: Rush.limit)
            let rush = Rush(sale: sale, items: Self.items, ports: services.map(\.port), seed: 1)
            try await rush.run {
                try await rush.untilOrders(Self.ordersAround)
                standby.freeze()
                try await rush.untilUnavailable()
                primary.crash()
                await former.close()
                // What the standby had not read is lost.
                standby.crash()
                try await standby.restart()
                // A call that waited would stand in the way of the log that the standby still has to replay.
                try await ledger.run("SELECT pg_promote(wait => false)")
                try await until("the standby is promoted") {
                    (try? await ledger.number("SELECT pg_is_in_recovery()::int")) == 0
                }
                #expect(try await rush.recovery(since: .now) < .seconds(5))
                rush.calmDown()
                try await rush.untilOrders(Self.ordersAround)
            }
            for service in services { #expect(try await service.isReady()) }
            // The promoted server has no standby.
            #expect(try await !careful.isReady())
            await careful.process.stop()
            try await until("the metrics and the log say that commits wait no longer") {
                try await services[0].metrics().sum("db_replication_synchronous") == 0
                    && services[0].process.output.contains("commits wait for no standby any more")
            }
            try await deployment.audit(rush.journal)
            for service in services { await service.process.stop() }
            await ledger.close()
            await standby.stop()
            await primary.stop()
        }

        private static let items = 5_000
        /// How many purchases come before the loss, and after it.
        private static let ordersAround = 50
    }
}
