// The forms of the operators' console: what they do, and what does nothing.

import FlashSale
import Synchronization
import Testing

@testable import FlashSaleHTTP

@Suite("The console's acts")
struct ConsoleActsTests {
    private typealias Script = ScriptedStores.Script

    @Test("An act goes the way of its admin route: with actor, reason, version and key")
    func act() async throws {
        try await ConsoleRoutesTests.with { server in
            let cookie = try await ConsoleRoutesTests.admin(server)
            let page = try await server.ask("GET", "/console/sales/7/pause", [cookie], ofOperations: true)
            #expect(page.status == 200 && page.text.contains("60 units in carts"))
            let key = try #require(page.text.firstMatch(of: #/name="key" value="([^"]+)"/#)).1
            let body = "version=1&key=\(key)&reason=the+truck+is+late"
            let answer = try await server.ask(
                "POST", "/console/sales/7/pause", ConsoleRoutesTests.form + [cookie], body: body, ofOperations: true)
            #expect(answer.status == 303 && answer["Location"] == "/console/sales/7?notice=pause")
            #expect(
                server.stores.changes == [
                    SaleChange(
                        .pause(.holds), version: 1, actor: "admin", reason: "the truck is late",
                        key: IdempotencyKey(String(key)))
                ])
            let board = try await server.ask("GET", "/console/sales/7?notice=pause", [cookie], ofOperations: true)
            #expect(board.text.contains("Checkouts are paused.") && board.text.contains("shop-1.42"))
            #expect(board.text.contains("http://grafana.example/d/flashsale-sale"))
            #expect(board.text.contains("the supplier is late"))
        }
    }

    @Test(
        "A refusal leads back to the board, where it is told in a sentence",
        arguments: [
            (ChangeOutcome.stale, "stale", "has changed since you looked"), (.overlaps, "sale_overlaps", "overlap"),
            (.inactive, "sale_not_active", "as it is now"), (.keyReused, "idempotency_key_reused", "Begin anew"),
        ])
    func refusals(outcome: ChangeOutcome, code: String, words: String) async throws {
        try await ConsoleRoutesTests.with {
            $0.script.changed = { _ in outcome }
        } _: { server in
            let cookie = try await ConsoleRoutesTests.admin(server)
            let answer = try await server.ask(
                "POST", "/console/sales/7/pause", ConsoleRoutesTests.form + [cookie], body: ConsoleRoutesTests.pause,
                ofOperations: true)
            #expect(answer["Location"] == "/console/sales/7?notice=\(code)")
            let board = try await server.ask("GET", try #require(answer["Location"]), [cookie], ofOperations: true)
            #expect(board.text.contains("Nothing was done") && board.text.contains(words))
        }
    }

    @Test("A form that is sent again has acted once, and says so")
    func double() async throws {
        try await ConsoleRoutesTests.with { server in
            let cookie = try await ConsoleRoutesTests.admin(server)
            let answer = try await server.ask(
                "POST", "/console/sales/7/pause", ConsoleRoutesTests.form + [cookie],
                body: "version=3&key=again&reason=late", ofOperations: true)
            #expect(answer["Location"] == "/console/sales/7?notice=pause.again")
            let board = try await server.ask("GET", try #require(answer["Location"]), [cookie], ofOperations: true)
            #expect(board.text.contains("has acted once"))
        }
    }

    @Test(
        "Without a reason, the sale's number, a version or a key, an act does nothing",
        arguments: [
            ("pause", "version=3&key=k", 400), ("pause", "version=3&reason=a", 303), ("pause", "key=k&reason=a", 303),
            ("end", "version=3&key=k&reason=a", 400), ("end", "version=3&key=k&reason=a&sale=8", 400),
            ("extend", "version=3&key=k&reason=a", 400), ("pause", "version=3&version=4&key=k&reason=a", 303),
            ("pause", "version=3&key=k&reason=a%0Ab", 400),
        ])
    func incomplete(act: String, body: String, status: Int) async throws {
        try await ConsoleRoutesTests.with { server in
            let cookie = try await ConsoleRoutesTests.admin(server)
            let answer = try await server.ask(
                "POST", "/console/sales/7/\(act)", ConsoleRoutesTests.form + [cookie], body: body, ofOperations: true)
            #expect(answer.status == status && server.stores.changes.isEmpty)
            if status == 303 { #expect(answer["Location"] == "/console/sales/7?notice=validation") }
        }
    }

    @Test("A sale is created by two pages, and the form of the second makes one sale")
    func create() async throws {
        let plans = Mutex<[SalePlan]>([])
        try await ConsoleRoutesTests.with {
            $0.script.created = { plan in
                let isFirst = plans.withLock { plans in
                    plans.append(plan)
                    return plans.count == 1
                }
                return isFirst ? Script().created(plan) : .overlaps
            }
        } _: { server in
            let cookie = try await ConsoleRoutesTests.admin(server)
            let query = "step=confirm&total_items=250&stock_per_item=2&started_at=2026-11-21T07%3A59"
            let page = try await server.ask("GET", "/console/create?\(query)", [cookie], ofOperations: true)
            #expect(page.status == 200 && page.text.contains("250 items, 2 of each: 500 units."))
            let fields = page.text.matches(of: #/type="hidden" name="([^"]+)" value="([^"]+)"/#)
            let body = fields.map { "\($0.1)=\($0.2)" }.joined(separator: "&")
            let made = try await server.ask(
                "POST", "/console/create", ConsoleRoutesTests.form + [cookie], body: body, ofOperations: true)
            #expect(made["Location"] == "/console/sales/8?notice=created")
            let other = try await server.ask(
                "POST", "/console/create", ConsoleRoutesTests.form + [cookie], body: "total_items=9", ofOperations: true
            )
            #expect(other["Location"] == "/console/create?notice=sale_overlaps")
            let sale = Script.sale
            let again = try await server.ask(
                "POST", "/console/create", ConsoleRoutesTests.form + [cookie],
                body: "started_at=\(sale.startedAt)&ended_at=\(sale.endedAt)&total_items=250&stock_per_item=2",
                ofOperations: true)
            #expect(again["Location"] == "/console/sales/7?notice=created.again")
            let bad = try await server.ask(
                "GET", "/console/create?step=confirm&total_items=0", [cookie], ofOperations: true)
            #expect(bad.status == 400 && bad.text.contains("must be from 1 to"))
        }
    }
}
