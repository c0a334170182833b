// One service over two pods: what both sell, what one takes with it, and a shop that moves while it sells.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("Pods", .serialized)
    struct PodServiceTests {
        /// The first number of a sale in pod 1.
        private static let first = 1 << 24

        @Test("Two pods sell out two shops' sales at once, and one that is away takes its shop alone")
        func sideBySide() async throws {
            try await PodScene.with { scene in
                let service = scene.service
                _ = try await scene.move(to: 1)
                let main = try await service.createSale(items: 200)
                let lego = try await service.createSale(items: 200, shop: "lego")
                #expect(main < Self.first && lego > Self.first, "\(main) \(lego)")
                let sales = [("main", main), ("lego", lego)]
                let bought = try await scene.buy(1..<191, of: sales)
                #expect(bought.allSatisfy { $0 == [200, 200] }, "\(Set(bought))")
                #expect(try await scene.home.ledger.number("select count(*) from orders") == 190)
                #expect(try await scene.pod.ledger.number("select count(*) from orders") == 190)

                try await scene.line.refuse()
                try await scene.line.cut()
                try await until("pod 1 is away") {
                    try await scene.readiness().text.contains("degraded: pod 1 is away")
                }
                #expect(try await scene.readiness().status == 200)
                let refused = try await scene.buy(191..<194, of: [("lego", lego)])
                #expect(refused.allSatisfy { $0 == [503] }, "\(refused)")
                let active = try await service.ask("GET", "/sales/active", fields: [("X-Shop-ID", "lego")])
                #expect(active.status == 503 && active["Retry-After"] != nil, "\(active.text)")
                #expect(try await scene.buy(191..<194, of: [("main", main)]).allSatisfy { $0 == [200, 200] })

                try await scene.line.admit()
                try await scene.untilThere()
                let rest = try await scene.buy(194..<201, of: sales) + scene.buy(191..<194, of: [("lego", lego)])
                #expect(rest.allSatisfy { $0 == [200, 200] }, "\(rest)")
                try await scene.home.audit()
                try await scene.pod.audit()
            }
        }

        @Test("A ledger is one pod's alone: no instance takes it for another's, and no migration makes it another's")
        func strangers() async throws {
            try await PodScene.with { scene in
                let swapped = try ServiceProcess(["serve"], settings: scene.pod.settings)
                #expect(await swapped.end() == 1)
                #expect(swapped.errors.contains("the ledger is that of pod 1, and not of pod 0"), "\(swapped.errors)")
                var settings = scene.home.settings
                settings["FLASHSALE_PODS"] = "2"
                settings["FLASHSALE_POD_2_REDIS_URL"] = scene.pod.redisURL
                settings["FLASHSALE_POD_2_DATABASE_URL"] = scene.pod.serviceURL
                let service = try await scene.home.serveUnscheduled(settings)
                try await until("the instance has looked at the ledger") {
                    service.process.errors.contains("not of pod 2") || service.process.output.contains("not of pod 2")
                }
                let ready = try await service.ask("GET", "/readyz?verbose", ofOperations: true)
                #expect(ready.status == 200 && ready.text.contains("degraded: pod 2 is away"), "\(ready.text)")
                await service.process.stop()
                let list = try ServiceProcess(["shops", "list"], settings: settings)
                #expect(await list.end() == 1)
                #expect(list.errors.contains("pod 2 does not answer, or is another pod"), "\(list.errors)")
                settings["FLASHSALE_DATABASE_URL"] = scene.home.databaseURL
                settings["FLASHSALE_POD_2_DATABASE_URL"] = scene.pod.databaseURL
                let migration = try ServiceProcess(["migrate"], settings: settings)
                #expect(await migration.end() == 1)
                #expect(migration.errors.contains("it is another pod"), "\(migration.errors)")
                // Who holds something of a shop that has moved must not hear that there is no such thing.
                _ = try await scene.move(to: 1)
                let alone = try ServiceProcess(["serve"], settings: scene.home.settings)
                #expect(await alone.end() == 1)
                #expect(alone.errors.contains("lego is in pod 1, and FLASHSALE_PODS is not set"), "\(alone.errors)")
            }
        }

        @Test("A shop that moves while it sells loses no buyer, and its next sale begins in the other pod")
        func moving() async throws {
            try await PodScene.with { scene in
                let service = scene.service
                let end = Date.now.addingTimeInterval(3_600).formatted(.iso8601)
                let later = Date.now.addingTimeInterval(7_200).formatted(.iso8601)
                let before = try await service.createSale(items: 600, endingAt: end, shop: "lego")
                #expect(before < Self.first)
                async let crowd = scene.buy(1..<601, of: [("lego", before)])
                let said = try await scene.move(to: 1)
                #expect(try await crowd.allSatisfy { $0 == [200, 200] })
                let frozen = try #require(said.firstMatch(of: #/after (\d+) µs without a pod/#)?.1)
                #expect(try #require(Int(frozen)) < 1_000_000, "\(said)")
                #expect(try await scene.move(to: 1).contains("lego is in pod 1"), "a second move has nothing to do")
                #expect(try await scene.list().contains(#/lego +pod 1 +1 /#))

                func create(from start: String) async throws -> HTTPAnswer {
                    try await service.ask(
                        "POST", "/admin/sales",
                        fields: [
                            ("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json"),
                        ],
                        body:
                            #"{"shop":"lego","total_items":5,"started_at":"\#(start)","ended_at":"\#(later)"}"#)
                }
                let beside = try await create(from: Date.now.formatted(.iso8601))
                #expect(beside.status == 409 && beside.reason == "sale_overlaps", "\(beside.text)")
                let next = try await create(from: end)
                #expect(next.status == 201, "\(next.text)")
                #expect(try await scene.pod.ledger.number("select count(*) from sales where shop = 'lego'") == 1)
                #expect(try await service.activeSale(in: "lego") == before, "the sale that is on goes on")
                try await scene.home.audit()
                try await scene.pod.audit()
            }
        }
    }
}
