// The audit and the story that operators ask for on the console.

import FlashSale
import OperatorConsole
import Synchronization
import Testing

@testable import FlashSaleHTTP

extension ConsoleRoutesTests {
    @Test("An audit runs once, however often it is asked for, and its result waits")
    func audit() async throws {
        let (gate, opening) = AsyncStream<Void>.makeStream()
        let runs = Mutex(0)
        try await Self.with {
            $0.console = Self.parts { _ in
                runs.withLock { $0 += 1 }
                for await _ in gate { break }
                return ConsoleAudit(
                    rows: [.init(invariant: "I1", sentence: "sold once", breaches: 2, examples: ["unit <7>"])],
                    notes: [], problem: nil, seconds: 1.24)
            }
        } _: { server in
            let cookie = try await Self.admin(server)
            for _ in 0..<2 {
                let answer = try await server.ask(
                    "POST", "/console/sales/7/audit", Self.form + [cookie], ofOperations: true)
                #expect(answer["Location"] == "/console/sales/7/checks")
            }
            let other = try await server.ask(
                "POST", "/console/sales/8/audit", Self.form + [cookie], ofOperations: true)
            #expect(other["Location"] == "/console/sales/8/checks?notice=busy")
            let running = try await server.ask("GET", "/console/sales/7/checks", [cookie], ofOperations: true)
            #expect(running.text.contains("It runs since") && running.text.contains("data-poll=\"1\""))
            opening.yield()
            var text = ""
            while !text.contains("Failed") {
                try Task.checkCancellation()
                text = try await server.ask("GET", "/console/sales/7/checks", [cookie], ofOperations: true).text
            }
            #expect(text.contains("2 broken") && text.contains("unit &lt;7&gt;") && text.contains("It took 1.2 s."))
            #expect(runs.withLock { $0 } == 1 && !text.contains("data-poll=\"1\""))
        }
    }

    @Test("An audit that could not look at a store is not passed", arguments: [(0, "Incomplete"), (1, "Failed")])
    func incompleteAudit(breaches: Int, verdict: String) async throws {
        try await Self.with {
            $0.console = Self.parts { _ in
                ConsoleAudit(
                    rows: [.init(invariant: "I1", sentence: "sold once", breaches: breaches, examples: [])], notes: [],
                    problem: "Redis <does> not answer", seconds: 1)
            }
        } _: { server in
            let cookie = try await Self.admin(server)
            _ = try await server.ask("POST", "/console/sales/7/audit", Self.form + [cookie], ofOperations: true)
            var text = ""
            while !text.contains("It took 1.0 s.") {
                try Task.checkCancellation()
                text = try await server.ask("GET", "/console/sales/7/checks", [cookie], ofOperations: true).text
            }
            #expect(text.contains(#"Audit: <span class="bad">\#(verdict)</span>"#) && !text.contains("Passed"))
            #expect(text.contains("<b>Not all was checked.</b> Redis &lt;does&gt; not answer"))
        }
    }

    @Test("A story is written on demand, and opens as a page of its own")
    func story() async throws {
        try await Self.with { server in
            let cookie = try await Self.admin(server)
            let none = try await server.ask("GET", "/console/sales/7/story", [cookie], ofOperations: true)
            #expect(none["Location"] == "/console/sales/7/checks")
            _ = try await server.ask("POST", "/console/sales/7/story", Self.form + [cookie], ofOperations: true)
            var answer = none
            while answer.status == 303 {
                try Task.checkCancellation()
                answer = try await server.ask("GET", "/console/sales/7/story", [cookie], ofOperations: true)
            }
            #expect(answer.text.contains("the story of 7"))
            #expect(answer["Content-Security-Policy"]?.contains("style-src 'unsafe-inline'") == true)
        }
    }
}
