// `flashsale sale`: the commands do what the admin routes do, in their words, and a service that is on goes by it.

import Foundation
import Testing

extension SystemTests {
    @Suite("The commands about sales")
    struct SaleCommandTests {
        /// Runs a command against the ledger of a deployment, as its service's role.
        ///
        /// - Returns: what it printed, after it ended as it should.
        private static func sale(
            _ deployment: Deployment, _ arguments: [String], endingWith status: Int32 = 0
        ) async throws -> String {
            let process = try ServiceProcess(["sale"] + arguments, settings: deployment.settings)
            let ended = await process.end()
            #expect(ended == status, "\(arguments): \(process.errors)")
            return status == 0 ? process.output : process.errors
        }

        private static func object(_ text: String) throws -> NSDictionary {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
        }

        @Test("A sale's whole life by commands: each answers as the route does, and the log says who did what and why")
        func life() async throws {
            try await Deployment.with { deployment in
                let created = try await Self.sale(
                    deployment,
                    ["create", "--total-items", "5", "--stock-per-item", "2", "--waiting-room", "on", "--json"])
                #expect(try Self.object(created)["waiting_room"] as? String == "on")
                let service = try await deployment.serveUnscheduled()
                let operating = [("Authorization", "Bearer \(Deployment.adminToken)")]
                let why = ["--sale", "1", "--actor", "ann", "--reason", "a test"]
                let end = Date.now.addingTimeInterval(7_200).formatted(.iso8601)
                let code = "CHK-1-\(String(repeating: "a", count: 32))"
                try await deployment.ledger.run(Self.order(of: [4, 5], code: code))
                for (version, act) in [
                    ["pause", "--scope", "all"], ["resume"], ["pause"], ["resume"], ["extend", "--ended-at", end],
                    ["restock", "--stock-per-item", "3"], ["limit", "--max-items-per-user", "2"],
                    ["pace", "--room-pace", "50"], ["pace"], ["price", "--item", "5", "--price", "1999"],
                    ["refund", "--code", code, "--item", "5"],
                    ["refund", "--code", code], ["end"],
                ].enumerated() {
                    let text = try await Self.sale(deployment, act + why + ["--if-match", "\(version + 1)", "--json"])
                    let answer = try await service.ask("GET", "/admin/sales/1", fields: operating)
                    #expect(try Self.object(text) == Self.object(answer.text), "\(act)")
                    #expect(try Self.object(text)["version"] as? Int == version + 2)
                    let pace = try Self.object(text)["room_pace"] as? Int
                    #expect(pace == (act == ["pace", "--room-pace", "50"] ? 50 : nil))
                }
                let log = try await Self.sale(deployment, ["log", "--sale", "1", "--json"])
                let page = try await service.ask("GET", "/admin/sales/1/log", fields: operating)
                #expect(log == page.text + "\n")
                let lines = try await Self.sale(deployment, ["log", "--sale", "1"]).split(separator: "\n")
                #expect(lines.count == 14 && lines[1].contains("pause_all") && lines[1].hasSuffix("ann    a test"))
                await service.process.stop()
            }
        }

        /// An order of a sale with a waiting room, which lets nobody in.
        private static func order(of items: [Int], code: String) -> String {
            let uuid = "'{\(code.suffix(32))}'::uuid[]"
            let one = "array[gen_random_uuid()]"
            let carts = items.map { item in
                "SELECT ledger_record(1, \(one), '{ann}', '{\(item)}', '{1}', \(uuid), '{null}', \(uuid));"
            }
            return carts.joined() + "SELECT ledger_order(1, \(one), \(uuid), '{null}');"
        }

        @Test("Sales are listed latest first with their stock, and shown with what a change has to name")
        func reading() async throws {
            try await Deployment.with { deployment in
                #expect(try await Self.sale(deployment, ["list"]) == "There is no sale.\n")
                for (start, end) in [("2030-01-01", "2030-01-02"), ("2031-01-01", "2031-01-02")] {
                    _ = try await Self.sale(
                        deployment,
                        [
                            "create", "--total-items", "3", "--started-at", "\(start)T00:00:00Z", "--ended-at",
                            "\(end)T00:00:00Z",
                        ])
                }
                let lines = try await Self.sale(deployment, ["list"]).split(separator: "\n")
                #expect(lines.count == 3)
                #expect(
                    lines[1].hasPrefix("   2  to come  2031-01-01") && lines[2].hasPrefix("   1  to come  2030-01-01"))
                #expect(lines[1].hasSuffix("      3     0     0     3        1"), "\(lines)")
                #expect(try await Self.sale(deployment, ["list", "--limit", "1"]).split(separator: "\n").count == 2)
                let shown = try await Self.sale(deployment, ["show", "--sale", "2"])
                #expect(shown.contains("version       1\n") && shown.contains("0 sold, 0 held, 3 free"))

                let lego = ["create", "--total-items", "3", "--shop", "lego", "--shops", "lego"]
                #expect(try await Self.sale(deployment, lego).contains("shop          lego\n"))
                let all = try await Self.sale(deployment, ["list"]).split(separator: "\n")
                #expect(all.count == 4 && all[1].hasPrefix("   3  lego  on") && all[2].hasPrefix("   2  main  to come"))
                let some = try await Self.sale(deployment, ["list", "--shop", "lego"]).split(separator: "\n")
                #expect(some.count == 2 && some[1].hasPrefix("   3  lego  on"))
            }
        }

        @Test("A change that cannot be made changes nothing, and one sentence says why")
        func refusals() async throws {
            try await Deployment.with { deployment in
                let future = ["--started-at", "2030-01-01T00:00:00Z", "--ended-at", "2030-01-02T00:00:00Z"]
                _ = try await Self.sale(deployment, ["create", "--total-items", "3"] + future)
                let why = ["--if-match", "1", "--reason", "a test"]
                let zeros = String(repeating: "0", count: 32)
                for (arguments, status, words) in [
                    (["show", "--sale", "9"], 1, "the ledger has no sale 9"),
                    (["log", "--sale", "9"], 1, "the ledger has no sale 9"),
                    (["show", "--sale", "0"], 64, "--sale must be the number of a sale"),
                    (["pause", "--sale", "9"] + why, 1, "the ledger has no sale 9"),
                    (["pause", "--sale", "1", "--reason", "a test"], 64, "--if-match"),
                    (["pause", "--sale", "1", "--if-match", "1"], 64, "--reason"),
                    (
                        ["pause", "--sale", "1", "--if-match", "0", "--reason", "x"], 64,
                        "--if-match must be the version"
                    ),
                    (["pause", "--sale", "1", "--scope", "some"] + why, 64, "holds"),
                    (["pause", "--sale", "1", "--if-match", "7", "--reason", "x"], 1, "it has version 1"),
                    (["pause", "--sale", "1", "--actor", "two words"] + why, 64, "--actor must be"),
                    (["end", "--sale", "1"] + why, 1, "sale 1 is not on"),
                    (["extend", "--sale", "1", "--ended-at", "soon"] + why, 64, "--ended-at must be a time like"),
                    (
                        ["extend", "--sale", "1", "--ended-at", "2020-01-01T00:00:00Z"] + why, 1,
                        "--ended-at must be to come"
                    ),
                    (["restock", "--sale", "1", "--stock-per-item", "0"] + why, 64, "--stock-per-item must be from 1"),
                    (["restock", "--sale", "1", "--stock-per-item", "9999999"] + why, 1, "must be at most 10000000"),
                    (["limit", "--sale", "1", "--max-items-per-user", "101"] + why, 64, "from 1 to 100"),
                    (["pace", "--sale", "1", "--room-pace", "9"] + why, 1, "sale 1 has no waiting room"),
                    (["pace", "--sale", "1", "--room-pace", "0"] + why, 64, "--room-pace must be from 1"),
                    (["price", "--sale", "1", "--item", "4", "--price", "1"] + why, 1, "does not have this item"),
                    (["price", "--sale", "1", "--item", "0", "--price", "1"] + why, 64, "--item must be"),
                    (["price", "--sale", "1", "--item", "1", "--price=-1"] + why, 64, "--price must be from 0"),
                    (["refund", "--sale", "1", "--code", "CHK-2-\(zeros)"] + why, 64, "an order of the sale"),
                    (["refund", "--sale", "1", "--code", "CHK-1-\(zeros)", "--item", "0"] + why, 64, "--item must be"),
                    (["refund", "--sale", "1", "--code", "CHK-1-\(zeros)"] + why, 1, "does not have this order"),
                    (["create", "--total-items", "0"], 1, "--total-items must be from 1"),
                    (["create", "--total-items", "1"] + future, 1, "would overlap another"),
                    (["create", "--total-items", "1", "--shop", "Lego"], 64, "--shop must be 1 to 63 of a-z"),
                    (["create", "--total-items", "1", "--shop", "lego"], 1, "--shop must be one of FLASHSALE_SHOPS"),
                    (["list", "--limit", "0"], 64, "--limit must be from 1"),
                    (["list", "--shop", "a.b"], 64, "--shop must be 1 to 63 of a-z"),
                ] as [([String], Int32, String)] {
                    let errors = try await Self.sale(deployment, arguments, endingWith: status)
                    #expect(errors.contains(words), "\(arguments): \(errors)")
                }
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sale_events") == 0)
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sales") == 1)
            }
        }
    }
}
