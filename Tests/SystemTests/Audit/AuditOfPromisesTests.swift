// `flashsale audit --journal`: journals that contradict the ledger.

import Audit
import Foundation
import Testing

extension SystemTests {
    @Suite("The audit of a journal")
    struct AuditOfPromisesTests {
        private static func code(_ digit: Character) -> String { "CHK-1-" + AuditedSale.code(digit) }

        /// The events of the audited sale, as its buyers saw them; ann is `load-r-1`, bob `load-r-2`.
        private static let truth = """
            S 1 NOW 1 checkout 1
            A 1 NOW 200 won - \(code("a")) - -
            S 2 NOW 2 checkout 3
            A 2 NOW 200 won - \(code("b")) - -
            S 3 NOW 1 purchase \(code("a"))
            A 3 NOW 200 won - - 1,2 -
            S 4 NOW 6 checkout 1
            A 4 NOW 409 sold_out item_held - - -

            """

        /// A journal of the true events and of more.
        private static func journal(_ more: String = "E NOW\n", head: String? = nil) -> String {
            // To the microsecond: a moment of whole seconds may lie before the holds that were just made.
            let moment = "\(Int(Date().timeIntervalSince1970 * 1_000_000))000"
            let head = head ?? "\(mark) run=r wall=0 sale=1 items=6 stock=2 limit=3 target=http://x:1\n"
            return head + (truth + more).replacing("NOW", with: moment)
        }

        private static let mark = "flashsale-journal 1"

        /// Lends the sale, with the buyers' names of the journal, and the path of a journal that is written afterwards.
        private static func with(
            _ journal: @autoclosure () -> String, _ body: (AuditedSale, String) async throws -> Void
        ) async throws {
            let directory = try TestDirectory("journal")
            defer { directory.remove() }
            try await AuditedSale.withCopy { sale in
                try Data(journal().utf8).write(to: URL(fileURLWithPath: directory.file("journal")))
                for table in ["buyers", "checkouts", "orders", "idempotency_keys"] {
                    try await sale.spoil(
                        """
                        update \(table) set user_id = 'load-r-1' where user_id = 'ann';
                        update \(table) set user_id = 'load-r-2' where user_id = 'bob';
                        """)
                }
                try await body(sale, directory.file("journal"))
            }
        }

        private static func audit(_ sale: AuditedSale, _ arguments: String...) async throws -> (Int32?, ServiceProcess)
        {
            let process = try ServiceProcess(["audit", "--database-url", sale.url] + arguments)
            return (await process.end(), process)
        }

        @Test("A true journal is clean, also if the run was killed in the middle of a line")
        func truth() async throws {
            for more in ["E NOW\n", "S 5 NOW 1 chec"] {
                try await Self.with(Self.journal(more)) { sale, path in
                    let (status, process) = try await Self.audit(sale, "--journal", path, "--sale", "1")
                    #expect(status == 0, "\(process.output)\(process.errors)")
                    #expect(process.output.contains("audit passed"))
                    #expect(process.output.contains("the journal has no end") == (more != "E NOW\n"))
                }
            }
        }

        /// A false answer to a client, and the check that finds it.
        struct Lie: Sendable, CustomTestStringConvertible {
            let check: String
            let lines: String
            let says: String

            var testDescription: String { check }
        }

        private static let lies = [
            Lie(
                check: "acknowledged_orders_exist",
                lines: "S 9 NOW 2 purchase \(code("b"))\nA 9 NOW 200 won - - 3 -\n",
                says: "was bought and has no order"),
            Lie(
                check: "units_are_sold_once",
                lines: "123".map {
                    "S 9\($0) NOW \($0) purchase \(code($0))\nA 9\($0) NOW 200 won - - 4 -\n"
                }.joined(),
                says: "ITM-1-4 had 2 units and was sold 3 times"),
            Lie(
                check: "no_false_sold_out", lines: "S 9 NOW 2 checkout 6\nA 9 NOW 409 sold_out item_sold - - -\n",
                says: "ITM-1-6 has 2 units, of which at most 1 were taken"),
            Lie(
                check: "acknowledged_checkouts_are_holds",
                lines: "S 9 NOW 2 checkout 2\nA 9 NOW 200 won - \(code("b")) - -\n", says: "there is no such hold"),
            Lie(
                check: "acknowledged_checkouts_are_holds",
                lines: "S 9 NOW 3 checkout 3\nA 9 NOW 200 won - \(code("b")) - -\n",
                says: "was given to load-r-3, and is of load-r-2"),
            Lie(
                check: "acknowledged_checkouts_are_holds",
                lines: "S 9 NOW 2 checkout 3\nA 9 NOW 200 won - \(code("b")) - 3999999999999\n",
                says: "longer than it does"),
            Lie(
                check: "buyers_stay_within_limits",
                lines: "S 9 NOW 1 purchase \(code("9"))\nA 9 NOW 200 won - - 3,4 -\n",
                says: "buyer load-r-1 has a limit of 3 and bought 4"),
            Lie(
                check: "purchases_have_one_answer",
                lines: "S 9 NOW 1 purchase \(code("a"))\nA 9 NOW 200 won - - 1 -\n",
                says: "was bought with different answers"),
            Lie(
                check: "acts_are_heard", lines: "S 9 NOW 2 checkout 2\nA 9 NOW 400 refused sale_paused - - -\n",
                says: "the answer said sale_paused, and that was not so"),
            Lie(
                check: "acknowledged_holds_stand",
                lines: "S 9 NOW 2 purchase \(code("b"))\nA 9 NOW 404 refused checkout_not_found - - -\n",
                says: "was held, and could not be bought"),
        ]

        @Test("A false answer is a breach, with its check and its request", arguments: lies)
        func lie(_ lie: Lie) async throws {
            try await Self.with(Self.journal(lie.lines)) { sale, path in
                let (status, process) = try await Self.audit(sale, "--journal", path, "--json")
                #expect(status == 1, "\(process.output)\(process.errors)")
                let report = try JSONDecoder().decode(AuditReport.self, from: Data(process.output.utf8))
                let finding = try #require(report.findings.first { $0.breaches > 0 && $0.check == lie.check })
                #expect(finding.counterexamples.contains { $0.contains(lie.says) && $0.contains("request 9") })
            }
        }

        @Test("A refusal because of a hold that is over is false, even if the hold has not ended")
        func overdue() async throws {
            for (age, isFalse) in [("10 seconds", true), ("700 milliseconds", false)] {
                try await Self.with(Self.journal()) { sale, path in
                    try await sale.spoil(AuditedSale.expiring(at: "now() - interval '\(age)'"))
                    let (_, process) = try await Self.audit(sale, "--journal", path, "--json")
                    let report = try JSONDecoder().decode(AuditReport.self, from: Data(process.output.utf8))
                    let finding = try #require(report.findings.first { $0.check == "no_false_sold_out" })
                    #expect(finding.breaches == (isFalse ? 1 : 0), "\(age): \(process.output)")
                    #expect(finding.counterexamples.contains { $0.contains("request 4") } == isFalse)
                }
            }
        }

        @Test("A journal of a sale that was restocked since is judged, and one of another sale is not")
        func restocked() async throws {
            let restock = "select sale_change(1, null, 'ops', 'a truck', null, 'restock', null, 3)"
            for (stock, status) in [(2, 0), (3, 3)] as [(Int, Int32)] {
                let head = "\(Self.mark) run=r wall=0 sale=1 items=6 stock=\(stock) limit=3 target=http://x:1\n"
                try await Self.with(Self.journal(head: head)) { sale, path in
                    try await sale.spoil(restock)
                    let (ended, process) = try await Self.audit(sale, "--journal", path)
                    #expect(ended == status, "\(process.output)\(process.errors)")
                    #expect(process.errors.contains("which had another stock") == (status == 3))
                }
            }
        }

        @Test("The JSON of an audit has the documented keys, and every check")
        func shape() async throws {
            try await Self.with(Self.journal()) { sale, path in
                let (status, process) = try await Self.audit(sale, "--journal", path, "--json")
                #expect(status == 0, "\(process.errors)")
                let object = try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any]
                #expect(Set((object ?? [:]).keys) == ["passed", "seconds", "findings", "notes"])
                #expect(object?["passed"] as? Bool == true)
                #expect(object?["notes"] as? [String] == ["the gate was not checked"])
                let findings = try #require(object?["findings"] as? [[String: Any]])
                let keys: Set = ["check", "invariant", "sentence", "breaches", "counterexamples"]
                #expect(findings.allSatisfy { Set($0.keys) == keys })
                let documented = try String(contentsOfFile: Self.page, encoding: .utf8)
                for name in findings.compactMap({ $0["check"] as? String }) {
                    #expect(documented.contains("`\(name)`"), "docs/AUDIT.md does not list \(name)")
                }
            }
        }

        private static let page =
            #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
            + "/docs/AUDIT.md"

        /// A file that is no journal of the sale, and a part of the expected complaint.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let name: String
            let content: String?
            let says: String

            var testDescription: String { name }
        }

        private static let mistakes = [
            Mistake(name: "a missing file", content: nil, says: "cannot be read"),
            Mistake(name: "an empty file", content: "", says: "no journal"),
            Mistake(name: "a head that was cut off", content: "\(mark) run=r wall=0 sa", says: "no journal"),
            Mistake(name: "garbage", content: "hello\nworld\n", says: "no journal"),
            Mistake(name: "garbage in the middle", content: journal("hello\nE NOW\n"), says: "line 10 is not"),
            Mistake(
                name: "an answer to nothing", content: journal("A 77 NOW 200 won - - - -\n"), says: "line 10 is not"),
            Mistake(name: "a negative request", content: journal("S -1 NOW 1 checkout 1\n"), says: "line 10 is not"),
            Mistake(
                name: "numbers out of range", content: journal("S 9 9223372036854775807 1 checkout 1\n"),
                says: "line 10 is not"),
            Mistake(
                name: "a sale with other items",
                content: journal(head: "\(mark) run=r wall=0 sale=1 items=7 stock=2 limit=3 target=http://x:1\n"),
                says: "another stock"),
            Mistake(
                name: "a sale that is not there",
                content: journal(head: "\(mark) run=r wall=0 sale=9 items=6 stock=2 limit=3 target=http://x:1\n"),
                says: "no sale 9"),
            Mistake(
                name: "another sale than was asked for",
                content: journal(head: "\(mark) run=r wall=0 sale=2 items=1 stock=1 limit=3 target=http://x:1\n"),
                says: "is of sale 2, not of 1"),
        ]

        @Test("A file that is no journal of the sale is a sentence and exit code 3", arguments: mistakes)
        func mistake(_ mistake: Mistake) async throws {
            try await Self.with(mistake.content ?? "") { sale, path in
                let file = mistake.content == nil ? path + ".none" : path
                let asked = mistake.says.contains("no sale") ? [] : ["--sale", "1"]
                let process = try ServiceProcess(["audit", "--database-url", sale.url, "--journal", file] + asked)
                #expect(await process.end() == 3)
                #expect(process.output.isEmpty)
                #expect(process.errors.hasPrefix("Error: ") && process.errors.contains(mistake.says))
                #expect(process.errors.split(separator: "\n").count == 1, "\(process.errors)")
            }
        }

        @Test("A sale that does not exist is no clean sale")
        func noSale() async throws {
            try await Self.with("") { sale, _ in
                let (status, process) = try await Self.audit(sale, "--sale", "9")
                #expect(status == 3)
                #expect(process.errors == "Error: The ledger has no sale 9.\n")
            }
        }
    }
}
