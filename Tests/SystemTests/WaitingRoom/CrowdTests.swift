// A crowd of the load generator in the line of three instances, by `make crowd`: it is judged to have been treated as
// promised, and with a guard off it is not.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("A crowd and three instances", .enabled(if: ProcessInfo.processInfo.environment["CROWD"] != nil))
    struct CrowdTests {
        /// A guard that a cut of `queue_state` takes away, and the check that must find it.
        struct Guard: Sendable, CustomTestStringConvertible {
            let lacks: String
            let cut: String
            let replacement: String
            let convictedBy: String

            var testDescription: String { lacks }
        }

        private static let guards = [
            Guard(
                lacks: "that instances let in whom the ledger has called, and nobody else", cut: "q.called, r.gathered",
                replacement: "q.called + 40, r.gathered", convictedBy: "a cart's number was called when it was opened"),
            Guard(
                lacks: "that a late number counts on what other instances gave out", cut: "r.late, r.came",
                replacement: "0, r.came", convictedBy: "who joins a second later stands further back"),
            Guard(
                lacks: "that the draw stays as it is", cut: "case when q.ticket_count is not null then q.seed end",
                replacement: """
                    case when q.ticket_count is not null then
                        encode(sha256(convert_to(q.seed || (extract(second from clock_timestamp())::int % 2), 'UTF8')),
                            'hex') end
                    """, convictedBy: "a ticket's number never changes"),
        ]

        @Test("A crowd is treated as promised, and told waiting times that were so")
        func crowd() async throws {
            let (status, output) = try await Self.run(nil)
            #expect(status == 0, "\(output)")
            #expect(output.contains("waits were told"))
            let kept = output.firstMatch(of: #/waits were told, ([0-9.]+) % of them/#).flatMap { Double($0.1) }
            #expect(kept ?? 0 >= 90, "\(output)")
        }

        @Test("With a guard off it is convicted", arguments: guards)
        func convicted(_ gone: Guard) async throws {
            let (status, output) = try await Self.run(gone)
            #expect(status == 2, "\(output)")
            let broken = output.split(separator: "\n").filter { $0.contains("BREACH") }
            #expect(broken.contains { $0.contains(gone.convictedBy) }, "\(output)")
        }

        private static let scenario = """
            {"name": "crowd", "bell_seconds": 6, "connections": 64, "timeout_seconds": 10, "drain_seconds": 40,
             "open": {"stages": [{"seconds": 6, "rate": 30}, {"seconds": 6, "rate": 40}]},
             "buyers": {"waiter": 60, "leaver": 20, "jumper": 8, "two_devices": 9, "listener": 3},
             "thresholds": ["error==0", "audit==pass"]}
            """

        /// How the generator ends, and what it says.
        private static func run(_ gone: Guard?) async throws -> (Int32?, String) {
            let directory = try TestDirectory("crowd")
            defer { directory.remove() }
            var result: (Int32?, String) = (nil, "")
            try await Deployment.with { deployment in
                if let gone { try await take(gone, from: deployment) }
                var services: [ServeProcess] = []
                for _ in 0..<3 { services.append(try await deployment.serveUnscheduled(["FLASHSALE_ROOM_PACE": "20"])) }
                let scene = try await RoomScene(deployment, at: services[0], units: 150, startsIn: 12)
                try Data(scenario.utf8).write(to: URL(fileURLWithPath: directory.file("scenario")))
                let targets = services.flatMap { ["--target", "http://127.0.0.1:\($0.port)"] }
                let load = try ServiceProcess(
                    ["--file", directory.file("scenario"), "--sale", "\(scene.sale)"] + targets + [
                        "--journal", directory.file("journal"), "--metrics-port", "0", "--database-url",
                        deployment.databaseURL,
                    ], program: "flashsale-load")
                let status = await load.end(within: .seconds(180))
                result = (status, load.output + load.errors)
                for service in services { await service.process.stop() }
            }
            return result
        }

        private static func take(_ gone: Guard, from deployment: Deployment) async throws {
            let cut = "$cut$\(gone.cut)$cut$, $cut$\(gone.replacement)$cut$"
            try await deployment.ledger.run(
                """
                do $take$ declare text text := pg_get_functiondef('queue_state'::regproc); begin
                    if strpos(text, $cut$\(gone.cut)$cut$) = 0 then raise exception 'the guard is not there'; end if;
                    execute replace(text, \(cut));
                end $take$
                """)
        }
    }
}
