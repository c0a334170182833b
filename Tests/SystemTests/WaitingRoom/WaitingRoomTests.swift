// The waiting room over real services and stores: the draw, the order, and what it survives.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The waiting room")
    struct WaitingRoomTests {
        @Test("Two instances draw one order that anybody can check, and let in whom they have called")
        func wholeSale() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled()]
                let scene = try await RoomScene(deployment, at: services[0], units: 60, startsIn: 5)
                let commit = try #require((try await scene.line(at: services[0])["draw"] as? [String: Any])?["commit"])
                let drawn = try await scene.join(80, named: "early", at: services)
                #expect(try await scene.line(at: services[1])["phase"] as? String == "gathering")
                let early = try await scene.checkOut("early-1", drawn["early-1"], at: services[0])
                #expect([400, 429].contains(early.status), "nobody checks out before the start")

                try await scene.untilCalled(past: 0, at: services[0], "somebody is called")
                let late = try await scene.join(10, named: "late", at: services)
                let line = try await scene.line(at: services[0])
                let draw = try #require(line["draw"] as? [String: Any])
                #expect(draw["commit"] as? String == commit as? String)
                #expect(draw["n"] as? Int == 80)
                try await Self.verify(draw, scene, drawn, at: services)
                for (buyer, ticket) in late {
                    let number = try await scene.knock(buyer, ticket, at: services[0]).json["number"] as? Int ?? 0
                    #expect((81...90).contains(number))
                }

                let statuses = try await scene.rush(drawn.merging(late) { $1 }, at: services, until: 60)
                #expect(statuses[200] == 60, "\(statuses)")
                #expect(
                    try await deployment.ledger.number("SELECT count(*) FROM checkouts WHERE queue_number > 0") == 60)
                try await Self.expectMetrics(of: services)
                try await deployment.audit()
                for service in services { await service.process.stop() }
            }
        }

        @Test("The line goes on when the usher's instance is killed, and when Redis has lost everything")
        func losses() async throws {
            let redis = try await PrivateRedis.start(.ephemeral)
            try await Deployment.with(redisURL: redis.url) { deployment in
                // Slow enough that the line lasts as long as the test.
                let pace = ["FLASHSALE_ROOM_PACE": "5"]
                var services = [
                    try await deployment.serveUnscheduled(pace), try await deployment.serveUnscheduled(pace),
                ]
                let scene = try await RoomScene(deployment, at: services[0], units: 1_000, startsIn: 2)
                _ = try await scene.join(500, named: "early", at: services)
                try await scene.untilCalled(past: 0, at: services[0], "somebody is called")
                for _ in 0..<2 {
                    // One of the two is the usher's.
                    services[0].process.send(.kill)
                    services.append(try await deployment.serveUnscheduled(pace))
                    services.removeFirst()
                    let before = try await scene.called(at: services[0])
                    try await scene.untilCalled(past: before, at: services[0], "another usher calls")
                }
                let before = try await scene.called(at: services[0])
                #expect(RedisConsole(url: redis.url).send("FLUSHALL") == "+OK")
                try await scene.untilCalled(past: before, at: services[1], "numbers are called without Redis's memory")
                try await deployment.audit()
                for service in services { await service.process.stop() }
            }
            await redis.stop()
        }

        @Test("A line is called at the pace that an operator fixes, at once, and each step is within its formula")
        func pace() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let scene = try await RoomScene(deployment, at: service, units: 1_000, startsIn: 2)
                func fix(_ pace: String) async throws {
                    let answer = try await service.ask(
                        "POST", "/admin/sales/\(scene.sale)/pace",
                        fields: [
                            ("Authorization", "Bearer \(Deployment.adminToken)"), ("If-Match", "*"),
                            ("Content-Type", "application/json"),
                        ], body: #"{"reason":"a test","room_pace":\#(pace)}"#)
                    try #require(answer.status == 200, "\(answer.text)")
                }
                try await fix("4")
                _ = try await scene.join(300, named: "early", at: [service])
                try await scene.untilCalled(past: 5, at: service, "the line is called slowly")
                try await fix("1000")
                try await scene.untilCalled(past: 299, at: service, "the line is called fast")
                let steps = try await deployment.ledger.numbers(
                    "SELECT max(step) FROM queue_steps WHERE step > 0 GROUP BY pace ORDER BY pace")
                #expect(steps.count == 2 && steps[0] <= 2 && steps[1] > 100, "\(steps)")
                let milliseconds = try await deployment.ledger.number(
                    """
                    SELECT extract(epoch FROM min(s.stepped_at) - max(e.changed_at)) * 1000
                    FROM queue_steps s JOIN sale_events e ON e.act = 'pace' WHERE s.pace = 1000
                    """)
                #expect((0..<10_000).contains(milliseconds), "\(milliseconds) ms")
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("With Postgres away at the start tickets go on, and the draw is published when it is back")
        func withoutPostgres() async throws {
            try await FaultStage.with { stage in
                let service = try await stage.serve()
                let scene = try await RoomScene(stage.deployment, at: service, units: 50, startsIn: 6)
                let first = try await scene.join(20, named: "early", at: [service])
                try await until("the instance has reported") {
                    try await stage.deployment.ledger.number("SELECT coalesce(sum(gathered), 0) FROM queue_reports")
                        == 20
                }
                try await stage.postgresLine.refuse()
                let second = try await scene.join(20, named: "away", at: [service])
                try await scene.untilItIsOn(at: service)
                let late = try await scene.join(5, named: "late", at: [service])
                let line = try await scene.line(at: service)
                #expect(line["phase"] as? String == "gathering" && line["called"] as? Int == 0)
                let refused = try await scene.checkOut("early-1", first["early-1"], at: service)
                #expect(refused.status == 503, "it cannot know whose turn it is: \(refused.text)")

                try await stage.postgresLine.admit()
                try await scene.untilCalled(past: 0, at: service, "somebody is called once Postgres is back")
                let draw = try #require(try await scene.line(at: service)["draw"] as? [String: Any])
                #expect(draw["n"] as? Int == 40, "nobody that joined is forgotten")
                try await Self.verify(draw, scene, first.merging(second) { $1 }, at: [service])
                for (buyer, ticket) in late {
                    #expect(try await scene.knock(buyer, ticket, at: service).json["number"] as? Int ?? 0 > 40)
                }
                await service.process.stop()
            }
        }

        /// Every number is the one that `flashsale verify-draw` computes, whichever instance is asked.
        private static func verify(
            _ draw: [String: Any], _ scene: RoomScene, _ tickets: [String: String], at services: [ServeProcess]
        ) async throws {
            let (seed, commit) = (draw["seed"] as? String ?? "", draw["commit"] as? String ?? "")
            for (buyer, ticket) in tickets.prefix(4) {
                let check = try ServiceProcess([
                    "verify-draw", "--seed", seed, "--commit", commit, "--count", "\(draw["n"] as? Int ?? 0)", "--sale",
                    "\(scene.sale)", "--buyer", buyer,
                ])
                #expect(await check.end() == 0, "\(check.errors)")
                for service in services {
                    let number = try await scene.knock(buyer, ticket, at: service).json["number"] as? Int
                    #expect(check.output == "\(number ?? 0)\n")
                }
            }
        }

        /// The families of the waiting room have counted what happened.
        private static func expectMetrics(of services: [ServeProcess]) async throws {
            var sums: [String: Int] = [:]
            for service in services {
                let metrics = try await service.metrics()
                for name in ["joined_total", "shown_total", "refused_total", "wait_seconds_count"] {
                    sums[name, default: 0] += metrics.sum("waiting_room_\(name)")
                }
                #expect(metrics.sum("waiting_room_called") >= 60)
                #expect(metrics.sum("waiting_room_pace") > 0)
            }
            #expect(sums["joined_total"] == 90)
            #expect(sums["shown_total"] ?? 0 >= 60 && sums["shown_total"] == sums["wait_seconds_count"])
            #expect(sums["refused_total"] ?? 0 > 0)
        }
    }
}
