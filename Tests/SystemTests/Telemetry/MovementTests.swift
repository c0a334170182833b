// Every family of the catalogue moves in a service that is used: a family that never moves is declared and not
// observed.

import Foundation
import Glibc
import Telemetry
import Testing

extension SystemTests {
    @Suite("The metrics of a service that is used")
    struct MovementTests {
        /// Families that a healthy service need not move, with the tests that move them.
        private static let exempt: [String: String] = [
            "checkout_in_progress": "0 between requests; part of the sums below",
            "purchase_in_progress": "0 between requests; part of the sums below",
            "db_connections_active": "0 between statements; LibpqClientTests",
            "db_pool_waiters": "0 between statements; LibpqClientTests",
            "redis_commands_queued": "0 between commands; HiredisClientTests",
            "db_pool_timeouts_total": "needs a database that hangs; LibpqClientTests",
            "db_errors_total": "needs a database that fails; LibpqClientTests",
            "db_connections_closed_total": "needs a connection that ends; LibpqClientTests",
            "db_replication_synchronous": "needs a standby; PromotionTests",
            "db_reexecutions_total": "needs a connection lost in a batch; PostgresLedgerTests",
            "redis_errors_total": "needs a Redis that fails; HiredisClientTests",
            "redis_timeouts_total": "needs a Redis that hangs; HiredisClientTests",
            "redis_reconnects_total": "needs a connection that breaks; HiredisClientTests",
            "redis_lock_failure_total": "needs a rival; RedisGateTests",
            "redis_lock_lost_total": "needs a lock that expires in use; RedisGateTests",
            "sale_oversold_items": "must be 0; SaleWatchTests make it otherwise",
            "sale_stock_drift_items": "0 unless gate and ledger differ; FlashSaleTests",
            "sale_reconciliation_corrections_total": "0 unless gate and ledger differ; FlashSaleTests",
            "admission_refused_total": "needs a crowd that is shed; SheddingTests",
            "retention_rows_total": "needs a sale that ended an hour ago; SaleRetentionTests",
            "webhook_events_total": "needs a webhook; HeraldServiceTests",
            "webhook_told_until_timestamp_seconds": "needs a webhook; HeraldServiceTests",
            "live_skipped_total": "needs a listener that does not read; FlashSaleHTTPTests",
            "purchase_items_failed_total": "needs a cart that expired in part; FlashSaleTests",
            "metrics_scrape_errors_total": "needs a scraper that misbehaves; FlashSaleHTTPTests",
            "metrics_foreign_series": "no library records anything here; TelemetryTests",
            "metrics_foreign_series_refused_total": "no library records anything here; TelemetryTests",
            "waiting_room_joined_total": "needs a waiting room; WaitingRoomTests",
            "waiting_room_shown_total": "needs a waiting room; WaitingRoomTests",
            "waiting_room_empty_handed_total": "needs a waiting room; WaitingRoomTests",
            "waiting_room_refused_total": "needs a waiting room; WaitingRoomTests",
            "waiting_room_wait_seconds": "needs a waiting room; WaitingRoomTests",
            "waiting_room_waiting": "needs a waiting room; WaitingRoomTests",
            "waiting_room_called": "needs a waiting room; WaitingRoomTests",
            "waiting_room_pace": "needs a waiting room; WaitingRoomTests",
        ]

        @Test("Every family moves that can, and the conservation laws hold")
        func movement() async throws {
            try await CollectorSink.with { _, port in
                try await Deployment.with { try await Self.move($0, collector: port) }
            }
        }

        private static func move(_ deployment: Deployment, collector: Int) async throws {
            let service = try await deployment.serveUnscheduled([
                "FLASHSALE_HOLD_SECONDS": "1", "FLASHSALE_LOG_LEVEL": "info",
                // Half of the traces are exported and half are not.
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collector)", "OTEL_TRACES_SAMPLER_ARG": "0.5",
            ])
            try await endSale(over: service)
            let sale = try await service.createSale(items: 20, limit: 4)
            let listener = watchSale(sale, port: service.port)
            defer { if let listener { close(listener) } }
            try await use(service, sale)

            let wanted = Instruments().families.map(\.definition).filter { exempt[$0.name] == nil }
            var still = wanted.map(\.name)
            try await scrape(service, sale, until: "these families move") { metrics in
                still.removeAll(where: metrics.moves)
                return still.isEmpty
            } orExplain: {
                "\(still)"
            }
            let ends = HoldOutcome.allCases.map(\.rawValue)
            try await scrape(service, sale, until: "holds end in every way") { metrics in
                ends.allSatisfy { metrics.sum("checkout_hold_age_seconds_count", ["outcome": $0]) > 0 }
            }
            try await scrape(service, sale, until: "the sums agree") { contradictions(in: $0).isEmpty }
            let sold = try await deployment.ledger.soldUnits
            #expect(sold == 1)
            #expect(try await service.metrics().sum("sale_items_sold_total") == sold)
            try await deployment.audit()
            await service.process.stop()
        }

        @Test("Every exemption is a family of the catalogue")
        func exemptions() {
            let names = Set(Instruments().families.map(\.definition.name))
            #expect(Set(Self.exempt.keys).subtracting(names).isEmpty)
        }

        /// A short sale whose last holds end with it.
        private static func endSale(over service: ServeProcess) async throws {
            let end = Date.now.addingTimeInterval(3).formatted(
                Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let sale = try await service.createSale(items: 500, endingAt: end)
            var item = 0
            try await scrape(service, sale, until: "a hold ends with its sale") { metrics in
                metrics.sum("checkout_hold_age_seconds_count", ["outcome": "sale_ended"]) > 0
            } checkingOut: {
                item = item % 500 + 1
                return "user_id=late-\(item)&id=ITM-\(sale)-\(item)"
            }
        }

        /// Everything that buyers do, right and wrong, once.
        private static func use(_ service: ServeProcess, _ sale: Int) async throws {
            func ask(_ method: String, _ target: String, key: String? = nil) async throws -> HTTPAnswer {
                try await service.ask(method, target, fields: key.map { [("Idempotency-Key", $0)] } ?? [])
            }
            let bought = try await ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-1", key: "a")
            let code = try #require(bought.code)
            #expect(try await ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-1", key: "a").code == code)
            #expect(try await ask("POST", "/purchase?code=\(code)", key: "b").status == 200)
            #expect(try await ask("POST", "/purchase?code=\(code)").status == 409)
            #expect(try await ask("POST", "/checkout?user_id=bob&id=ITM-\(sale)-1").status == 409)
            let cancelled = try #require(try await ask("POST", "/checkout?user_id=cyd&id=ITM-\(sale)-2").code)
            #expect(try await ask("DELETE", "/checkout?code=\(cancelled)").status == 200)
            #expect(try await ask("POST", "/checkout?user_id=dan&id=ITM-\(sale)-3").status == 200)
            for target in ["/sales/\(sale)", "/sales/\(sale)/items", "/health", "/readyz", "/nothing"] {
                _ = try await ask("GET", target)
            }
            _ = try await Crowd.run(300, width: 4, ports: [service.port]) { connections, number in
                if number == 0 { return try HTTPConnection(port: service.port).send(bytes: Array("?\r\n\r\n".utf8)) }
                return try connections[0].send("GET", "/sales/active")
            }
            _ = try await Crowd.run(1, ports: [service.operationsPort]) { connections, _ in
                try connections[0].send("GET", "/debug/pprof/cmdline")
            }
        }

        /// Scrapes over one connection, with one to the API left open and a hold that is renewed, until a condition
        /// holds.
        private static func scrape(
            _ service: ServeProcess, _ sale: Int, until what: String, _ isSo: (Metrics) -> Bool,
            orExplain why: () -> String = { "" }, checkingOut: (() -> String)? = nil
        ) async throws {
            let end = ContinuousClock.now + ServiceProcess.patience
            while ContinuousClock.now < end {
                let checkout = checkingOut?() ?? "user_id=eve&id=ITM-\(sale)-5"
                let texts = try await Crowd.run(1, ports: [service.port, service.operationsPort]) { connections, _ in
                    _ = try connections[0].send("POST", "/checkout?\(checkout)")
                    return try connections[1].send("GET", "/metrics").text
                }
                if texts.map(Metrics.init).allSatisfy(isSo) { return }
            }
            Issue.record("in vain: \(what) \(why())")
        }

        /// The conservation laws that do not hold in a scrape.
        private static func contradictions(in metrics: Metrics) -> [String] {
            var broken: [String] = []
            func expect(_ law: String, _ left: Int, _ right: Int) {
                if left != right { broken.append("\(law): \(left) and \(right)") }
            }
            for flow in ["checkout", "purchase"] {
                let attempts = metrics.sum("\(flow)_attempts_total")
                let ended = metrics.sum("\(flow)_success_total") + metrics.sum("\(flow)_failure_total")
                expect("\(flow)s begun and ended", attempts, ended + metrics.sum("\(flow)_in_progress"))
                let requests = metrics.sum("http_requests_total", ["handler": flow, "method": "POST"])
                expect("\(flow)s and their requests", attempts, requests)
            }
            for lock in LockType.allCases.map(\.rawValue) {
                let ended = ["success", "failure"].map { metrics.sum("redis_lock_\($0)_total", ["lock_type": lock]) }
                let attempts = metrics.sum("redis_lock_attempts_total", ["lock_type": lock])
                expect("\(lock) locks asked for and got or not", attempts, ended[0] + ended[1])
            }
            expect(
                "requests counted and observed", metrics.sum("http_requests_total"),
                metrics.sum("http_request_duration_seconds_count"))
            expect(
                "units sold by gate and counter", metrics.sum("sale_items_sold"), metrics.sum("sale_items_sold_total"))
            return broken
        }
    }
}
