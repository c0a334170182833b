// `flashsale-load` from the outside, against a real service: its counts agree with the service's, its journal survives
// a kill, and it finds the breach of a service whose database forgets.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The load generator and a real service")
    struct LoadGeneratorTests {
        @Test("Its counts and its sold units agree with the service's, by handler and status")
        func counts() async throws {
            try await Self.withSale(items: 150) { deployment, service, directory in
                let load = try Self.load(service, directory, Self.crowd(seconds: 5), "--no-audit")
                #expect(await load.end() == 0, "\(load.output)\(load.errors)")
                let exchanges = RecordedExchange.all(in: directory.text("journal"))
                #expect(exchanges.count > 20)
                #expect(exchanges.allSatisfy { $0.status > 0 }, "a request without an answer may be counted or not")
                let report = try Self.report(directory)
                for endpoint in RecordedExchange.routes.keys.sorted() {
                    let count = exchanges.count { $0.endpoint == endpoint }
                    #expect(count > 0 && report[endpoint] == count, "\(endpoint)")
                }
                // A request is counted after its answer has left.
                try await Self.agree(service, "the service counts what we count") { metrics in
                    RecordedExchange.routes.allSatisfy { endpoint, route in
                        let statuses = Set(exchanges.map(\.status))
                        return statuses.allSatisfy { status in
                            let labels = [
                                "handler": route.handler, "method": route.method, "status_code": "\(status)",
                            ]
                            // The generator itself read one page of items before the first buyer came.
                            let own = endpoint == "items" && status == 200 ? 1 : 0
                            let ours = exchanges.count { $0.endpoint == endpoint && $0.status == status }
                            return metrics.sum("http_requests_total", labels) == ours + own
                        }
                    }
                }
                let sold = Set(exchanges.filter { $0.endpoint == "purchase" }.flatMap(\.sold)).count
                #expect(sold > 2)
                #expect(try await deployment.ledger.soldUnits == sold)
                try await Self.agree(service, "the service has sold what we bought") { metrics in
                    metrics.sum("sale_items_sold_total") == sold
                        && metrics.sum("checkout_success_total")
                            == exchanges.count { $0.endpoint == "checkout" && $0.status == 200 }
                        && metrics.sum("purchase_success_total")
                            == exchanges.count { $0.endpoint == "purchase" && $0.status == 200 }
                }
                await service.process.stop()
            }
        }

        @Test("After a kill its journal is audited against the service that the journal names")
        func killed() async throws {
            try await Self.withSale(items: 500) { deployment, service, directory in
                let load = try Self.load(service, directory, Self.crowd(seconds: 600))
                try await Self.goesOn(load, directory)
                load.send(.kill)
                #expect(await load.end() == 137)
                let audit = try ServiceProcess(
                    ["--audit-only", directory.file("journal"), "--database-url", deployment.databaseURL],
                    program: "flashsale-load")
                #expect(await audit.end() == 0, "\(audit.output)\(audit.errors)")
                #expect(audit.output.contains("the journal has no end"))
                #expect(audit.output.contains("audit passed in "))
                let blind = try ServiceProcess(
                    [
                        "--audit-only", directory.file("journal"), "--database-url", deployment.databaseURL,
                        "--redis-url", "redis://127.0.0.1:1",
                    ], program: "flashsale-load")
                #expect(await blind.end() == 4, "\(blind.output)\(blind.errors)")
                #expect(blind.output.contains("AUDIT INCOMPLETE in ") && blind.output.contains("gate was not checked"))
                await service.process.stop()
            }
        }

        @Test("After an interrupt it reports and audits the run until then")
        func interrupted() async throws {
            try await Self.withSale(items: 500) { _, service, directory in
                let load = try Self.load(service, directory, Self.crowd(seconds: 600))
                try await Self.goesOn(load, directory)
                load.send(.interrupt)
                #expect(await load.end() == 0, "\(load.output)\(load.errors)")
                #expect(load.output.contains("(stopped early)") && load.output.contains("audit passed"))
                #expect(try Self.report(directory)["checkout"] ?? 0 > 0)
                await service.process.stop()
            }
        }

        @Test("If the journal may not grow, nothing more is sent, and the sent requests are audited")
        func fullDisk() async throws {
            try await Self.withSale(items: 500) { _, service, directory in
                let load = try Self.load(service, directory, Self.crowd(seconds: 600), limits: "ulimit -f 64; ")
                #expect(await load.end() == 3, "\(load.output)\(load.errors)")
                #expect(load.output.contains("cannot be written") && load.output.contains("audit passed"))
                // Blocks have 512 bytes. A request that did not fit was not sent: the service has answered no other.
                #expect(directory.text("journal").utf8.count <= 64 * 512)
                let sent = RecordedExchange.all(in: directory.text("journal")).count { $0.endpoint == "checkout" }
                let answered = try await service.metrics().sum(
                    "http_requests_total", ["handler": "checkout", "method": "POST"])
                #expect(answered <= sent)
                await service.process.stop()
            }
        }

        @Test("A service whose database forgets orders is found out, with the requests of the broken promises")
        func forgetful() async throws {
            try await Self.withSale(items: 200) { deployment, service, directory in
                try await deployment.ledger.run(
                    """
                    create function forget() returns trigger language plpgsql security definer as
                    $$ begin delete from orders where code = new.code; return null; end $$;
                    create constraint trigger forgetful after insert on orders deferrable initially deferred
                    for each row when (new.order_number % 3 = 0) execute function forget();
                    """)
                let load = try Self.load(service, directory, Self.crowd(seconds: 5))
                #expect(await load.end() == 2, "\(load.output)\(load.errors)")
                let broken = #/every acknowledged purchase is an order of its buyer +[0-9]+ BREACHES/#
                #expect(load.output.contains(broken), "\(load.output)")
                #expect(load.output.contains(#/request [0-9]+, buyer load-[0-9a-z]+-[0-9]+: purchase CHK-/#))
                #expect(load.output.hasSuffix("FAILED: the audit found broken promises\n"))
                await service.process.stop()
            }
        }

        @Test("Two shops sell out at once in one deployment, and each keeps its promises")
        func shops() async throws {
            let directory = try TestDirectory("load")
            defer { directory.remove() }
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_SHOPS": "lego"])
                for shop in ["main", "lego"] { _ = try await service.createSale(items: 60, shop: shop) }
                let stores = ["--database-url", deployment.databaseURL, "--redis-url", deployment.redisURL]
                let load = try Self.load(
                    service, directory, Self.crowd(seconds: 8), more: stores + ["--shop", "main", "--shop", "lego"])
                #expect(await load.end() == 0, "\(load.output)\(load.errors)")
                let shops = load.output.components(separatedBy: "\n\nshop lego\n")
                #expect(shops.count == 2 && shops[0].hasPrefix("shop main\n"))
                #expect(shops.allSatisfy { $0.contains("audit passed") }, "\(load.output)")
                for (place, shop) in ["main", "lego"].enumerated() {
                    #expect(directory.text("report.\(shop)").contains("\"purchase\""))
                    let exchanges = RecordedExchange.all(in: directory.text("journal.\(shop)"))
                    let sold = Set(exchanges.filter { $0.endpoint == "purchase" }.flatMap(\.sold))
                    let counted = try await deployment.ledger.number(
                        "select sum(sold) from stocks where sale_id = \(place + 1)")
                    #expect(sold.count == counted && counted > 2)
                }
                try await Self.agree(service, "the figures are of both shops") { metrics in
                    metrics.sum("sale_active") == 2 && metrics.sum("sale_items_total") == 120
                }
                await service.process.stop()
            }
        }

        // MARK: Runs

        private static func withSale(
            items: Int, _ body: (Deployment, ServeProcess, TestDirectory) async throws -> Void
        ) async throws {
            let directory = try TestDirectory("load")
            defer { directory.remove() }
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                _ = try await service.createSale(items: items)
                try await body(deployment, service, directory)
            }
        }

        /// A closed loop, which is valid on a busy machine, with all kinds of buyers that do not wait long.
        private static func crowd(seconds: Int) -> String {
            """
            {"name": "crowd", "closed": {"buyers": 12, "seconds": \(seconds)}, "connections": 16, "timeout_seconds": 30,
             "buyers": {"aggressive": 3, "normal": 3, "double_clicker": 3, "canceller": 3, "at_limit": 1, "bot": 1}}
            """
        }

        private static func load(
            _ service: ServeProcess, _ directory: TestDirectory, _ scenario: String, _ options: String...,
            more: [String] = [], limits: String = ""
        ) throws -> ServiceProcess {
            try Data(scenario.utf8).write(to: URL(fileURLWithPath: directory.file("scenario")))
            let arguments = [
                "--file", directory.file("scenario"), "--target", "http://127.0.0.1:\(service.port)",
                "--journal", directory.file("journal"), "--json", directory.file("report"), "--metrics-port", "0",
            ]
            return try ServiceProcess(
                arguments + options + more, program: "flashsale-load", shell: limits + ServiceProcess.plainShell)
        }

        /// Waits until purchases have been answered.
        private static func goesOn(_ load: ServiceProcess, _ directory: TestDirectory) async throws {
            _ = try await eventually("buyers buy") {
                try #require(!load.hasEnded, "\(load.output)\(load.errors)")
                let bought = RecordedExchange.all(in: directory.text("journal")).count { !$0.sold.isEmpty }
                return bought > 5 ? true : nil
            }
        }

        /// The counts of the report by endpoint.
        private static func report(_ directory: TestDirectory) throws -> [String: Int] {
            let report = try JSONSerialization.jsonObject(with: Data(directory.text("report").utf8)) as? [String: Any]
            let rows = (report?["rows"] as? [[String: Any]] ?? []).filter { $0["outcome"] as? String == "all" }
            return Dictionary(
                uniqueKeysWithValues: rows.map { ($0["endpoint"] as? String ?? "", $0["count"] as? Int ?? 0) })
        }

        private static func agree(_ service: ServeProcess, _ what: String, _ isSo: (Metrics) -> Bool) async throws {
            let end = ContinuousClock.now + ServiceProcess.patience
            while ContinuousClock.now < end {
                if isSo(try await service.metrics()) { return }
            }
            Issue.record("in vain: \(what)")
        }
    }
}
