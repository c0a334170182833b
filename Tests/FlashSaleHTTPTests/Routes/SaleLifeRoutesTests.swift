// What operators send to change a sale, and what comes of it on the wire.

import FlashSale
import FlashSaleHTTP
import Telemetry
import Testing

@Suite("The routes of a sale's life")
struct SaleLifeRoutesTests {
    private static let json = "Content-Type: application/json"
    private static let admin = "Authorization: Bearer \(TestServer.token)"
    private static let seen = #"If-Match: "3""#
    private static let noReason = "must be a line of 1 to 256 bytes, without control characters"
    private static let why = #"{"reason":"the supplier is late"}"#
    private static let terms =
        #""id":"7","started_at":"2026-11-21T07:59:00.000Z","ended_at":"2026-11-21T09:00:00.000Z","total_items":250,"#
        + #""stock_per_item":2,"max_items_per_user":10,"waiting_room":"none","hold_seconds":120"#

    @Test("A sale has its version as its ETag")
    func shown() async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/admin/sales/7", [Self.admin]) }
        #expect(answer.text == #"{\#(Self.terms),"paused":null,"version":1}"#)
        #expect(answer["ETag"] == #""1""# && answer["Cache-Control"] == "no-store")
    }

    @Test("A change carries who asks, why, for which version and under which key, and its answer the next version")
    func changed() async throws {
        try await TestServer.with { server in
            let answer = try await server.ask(
                "POST", "/admin/sales/7/pause", [Self.admin, Self.json, Self.seen, "Idempotency-Key: k"],
                body: #"{"reason":"the supplier is late","scope":"all"}"#)
            #expect(answer.text == #"{\#(Self.terms),"paused":"all","version":4}"#)
            #expect(answer["ETag"] == #""4""# && answer["Idempotency-Replayed"] == nil)
            let change = SaleChange(
                .pause(.all), version: 3, actor: "admin", reason: "the supplier is late", key: IdempotencyKey("k"))
            #expect(server.stores.changes == [change])
            let again = try await server.ask(
                "POST", "/admin/sales/7/end", [Self.admin, Self.json, "If-Match: *", "Idempotency-Key: again"],
                body: Self.why)
            #expect(again["Idempotency-Replayed"] == "true")
            #expect(server.stores.changes.last?.version == nil && server.stores.changes.last?.act == .end)
        }
    }

    @Test(
        "Each path and body asks for its act",
        arguments: [
            ("POST", "/pause", #"{"reason":"a"}"#, SaleAct.pause(.holds)),
            ("POST", "/pause", #"{"reason":"a","scope":null}"#, .pause(.holds)), ("POST", "/resume", why, .resume),
            ("POST", "/end", why, .end), ("POST", "/pace", #"{"reason":"a","room_pace":50}"#, .pace(50)),
            ("POST", "/pace", #"{"reason":"a","room_pace":null}"#, .pace(nil)),
            (
                "PATCH", "", #"{"reason":"a","ended_at":"2026-11-21T10:00:00+01:00"}"#,
                .setEnd(Timestamp(microseconds: 1_795_251_600_000_000))
            ),
            ("PATCH", "", #"{"reason":"a","stock_per_item":3}"#, .restock(unitsPerItem: 3)),
            ("PATCH", "", #"{"reason":"a","max_items_per_user":1}"#, .limit(1)),
            ("PATCH", "/items/250", #"{"reason":"a","price":0}"#, .price(item: 250, minorUnits: 0)),
        ])
    func acts(method: String, path: String, body: String, act: SaleAct) async throws {
        try await TestServer.with { server in
            let fields = [Self.admin, Self.json, Self.seen]
            let answer = try await server.ask(method, "/admin/sales/7\(path)", fields, body: body)
            #expect(answer.status == 200)
            #expect(server.stores.changes.map(\.act) == [act])
        }
    }

    @Test(
        "A fault of a change is listed under its field, and nothing is changed",
        arguments: [
            ([seen], "", "body", "is required"), ([seen], "[]", "body", "must be a JSON object"),
            ([], why, "If-Match", "is required: the ETag of the sale, or *"),
            (["If-Match: 3"], why, "If-Match", #"must be the ETag of a sale, such as \"3\", or *"#),
            ([#"If-Match: "0""#], why, "If-Match", #"must be the ETag of a sale, such as \"3\", or *"#),
            ([#"If-Match: "3", "4""#], why, "If-Match", #"must be the ETag of a sale, such as \"3\", or *"#),
            (["If-Match: *", seen], why, "If-Match", #"must be the ETag of a sale, such as \"3\", or *"#),
            ([seen], "{}", "reason", "is required: a sentence for the sale's log"),
            ([seen], #"{"reason":7}"#, "reason", "is required: a sentence for the sale's log"),
            ([seen], #"{"reason":"a\nb"}"#, "reason", noReason),
            ([seen], #"{"reason":"\u009b2J"}"#, "reason", noReason),
            ([seen], #"{"reason":"a\u202eb\u2028"}"#, "reason", noReason),
            ([seen], #"{"reason":"\#(String(repeating: "a", count: 257))"}"#, "reason", noReason),
            ([seen], #"{"reason":"a","scope":"some"}"#, "scope", "must be one of holds, all"),
            ([seen], #"{"reason":"a","scope":1}"#, "scope", "must be one of holds, all"),
            ([seen], #"{"reason":"a","scoep":"all"}"#, "scoep", "is none of reason, scope"),
            ([seen], #"{"reason":"a","If-Match":"*","Scope":"all"}"#, "Scope", "is none of reason, scope"),
            ([], #"{"reason":"a","If-Match":"*"}"#, "If-Match", "is required: the ETag of the sale, or *"),
            ([seen, "Idempotency-Key: a b"], why, "Idempotency-Key", "must be one string"),
        ])
    func faults(fields: [String], body: String, field: String, says: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.ask(
                "POST", "/admin/sales/7/pause", [Self.admin, Self.json] + fields, body: body.isEmpty ? nil : body)
            #expect(answer.status == 400)
            #expect(answer.text.contains(#""\#(field)":"\#(says)"#), "\(answer.text)")
            #expect(server.stores.changes == [])
        }
    }

    @Test(
        "A field that an act does not have is named, and nothing is changed",
        arguments: [
            ("PATCH", "sales/7", #""stock_per_item":3,"max_items_per_usr":1"#, "max_items_per_usr"),
            ("PATCH", "sales/7/items/1", #""price":1,"currency":"USD""#, "currency"),
            ("POST", "sales/7/resume", #""scope":"all""#, "scope"), ("POST", "sales/7/end", #""at":null"#, "at"),
            ("POST", "sales/7/pace", #""room_pace":5,"pacee":5"#, "pacee"),
            ("POST", "orders/\(ScriptedStores.Script.code)/refund", #""item":["ITM-7-1"]"#, "item"),
        ])
    func unknown(method: String, path: String, more: String, field: String) async throws {
        try await TestServer.with { server in
            let body = #"{"reason":"a",\#(more)}"#
            let answer = try await server.ask(
                method, "/admin/\(path)", [Self.admin, Self.json, Self.seen], body: body)
            #expect(answer.status == 400)
            #expect(answer.text.contains(#""errors":{"\#(field)":"is none of "#), "\(answer.text)")
            #expect(server.stores.changes == [])
        }
    }

    @Test(
        "A change of terms names one of them, and a value that it can have",
        arguments: [
            ("", "", "body", "must have one of ended_at, stock_per_item and max_items_per_user"),
            (
                "", #","stock_per_item":2,"max_items_per_user":2"#, "body",
                "must have one of ended_at, stock_per_item and max_items_per_user"
            ),
            ("", #","stock_per_item":0"#, "stock_per_item", "must be a whole number from 1 to 10000000"),
            ("", #","stock_per_item":"2""#, "stock_per_item", "must be a whole number from 1 to 10000000"),
            ("", #","stock_per_item":5000000"#, "stock_per_item", "times total_items must be at most 10000000"),
            ("", #","max_items_per_user":101"#, "max_items_per_user", "must be a whole number from 1 to 100"),
            ("/items/1", "", "price", "must be a whole number from 0 to 1000000000000"),
            ("/items/1", #","price":-1"#, "price", "must be a whole number from 0 to 1000000000000"),
        ])
    func terms(path: String, more: String, field: String, says: String) async throws {
        let answer = try await TestServer.with {
            $0.script.changed = { _ in .stockTooLarge }
        } _: { server in
            try await server.ask(
                "PATCH", "/admin/sales/7\(path)", [Self.admin, Self.json, Self.seen], body: #"{"reason":"a"\#(more)}"#)
        }
        #expect(answer.status == 400 && answer.text.contains(#""errors":{"\#(field)":"\#(says)""#), "\(answer.text)")
    }

    @Test(
        "A pace is a number or null, and for a sale with a waiting room",
        arguments: [
            ("", "must be a whole number from 1 to 100000"),
            (#","room_pace":0"#, "must be a whole number from 1 to 100000"),
            (#","room_pace":100001"#, "must be a whole number from 1 to 100000"),
            (#","room_pace":50"#, "is for a sale with a waiting room"),
            (#","room_pace":null"#, "is for a sale with a waiting room"),
        ])
    func pace(more: String, says: String) async throws {
        let answer = try await TestServer.with {
            $0.script.changed = { _ in .noWaitingRoom }
        } _: { server in
            let fields = [Self.admin, Self.json, Self.seen]
            return try await server.ask("POST", "/admin/sales/7/pace", fields, body: #"{"reason":"a"\#(more)}"#)
        }
        #expect(answer.status == 400 && answer.text.contains(#""errors":{"room_pace":"\#(says)""#), "\(answer.text)")
    }

    @Test("A path that names no item changes nothing", arguments: ["0", "-1", "x", "01", "99999999999"])
    func nothing(number: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.ask(
                "PATCH", "/admin/sales/7/items/\(number)", [Self.admin, Self.json, Self.seen],
                body: #"{"reason":"a","price":1}"#)
            #expect(answer.status == 404 && answer.text.contains(#""code":"item_not_found""#))
            #expect(server.stores.changes == [])
        }
    }

    @Test(
        "A refund is of an order, or of some of its items",
        arguments: [
            ("", nil), (#","items":["ITM-7-3"]"#, [3]), (#","items":["ITM-7-3","ITM-7-12","ITM-7-3"]"#, [3, 12]),
        ] as [(String, Set<Int32>?)])
    func refund(more: String, items: Set<Int32>?) async throws {
        try await TestServer.with { server in
            let code = ScriptedStores.Script.code
            let answer = try await server.ask(
                "POST", "/admin/orders/\(code)/refund", [Self.admin, Self.json, Self.seen],
                body: #"{"reason":"it came broken"\#(more)}"#)
            #expect(answer.status == 200 && answer["ETag"] == #""4""#)
            let refund = SaleChange(
                .refund(code, items: items), version: 3, actor: "admin", reason: "it came broken", key: nil)
            #expect(server.stores.changes == [refund])
        }
    }

    @Test(
        "A refund of what cannot be an item of the order refunds nothing",
        arguments: ["[]", "null", "7", #""ITM-7-3""#, "[3]", #"["ITM-8-3"]"#, #"["ITM-7-0"]"#, #"["ITM-7-3",null]"#])
    func noItems(items: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.ask(
                "POST", "/admin/orders/\(ScriptedStores.Script.code)/refund", [Self.admin, Self.json, Self.seen],
                body: #"{"reason":"a","items":\#(items)}"#)
            #expect(answer.status == 400 && answer.text.contains(#""errors":{"items":"must be ids"#), "\(answer.text)")
            #expect(server.stores.changes == [])
        }
    }

    @Test(
        "A new end must be a time, and one that is to come",
        arguments: [
            "", "soon", "2026-11-21T09:00:00Z", "9999-12-31T23:59:59-01:00",
        ])
    func ends(end: String) async throws {
        let answer = try await TestServer.with {
            $0.script.changed = { _ in .badEnd }
        } _: { server in
            try await server.ask(
                "PATCH", "/admin/sales/7", [Self.admin, Self.json, Self.seen],
                body: #"{"reason":"a","ended_at":"\#(end)"}"#)
        }
        #expect(answer.status == 400 && answer.text.contains(#""errors":{"ended_at":"must be "#))
    }

    @Test(
        "An operator may pause and resume, and look; the rest is for those with the scope admin",
        arguments: [
            ("GET", "", 200), ("GET", "/log", 200), ("POST", "/pause", 200), ("POST", "/resume", 200),
            ("POST", "/end", 403), ("PATCH", "", 403),
        ])
    func scopes(method: String, path: String, status: Int) async throws {
        try await TestServer.with {
            $0.identity = TestTokens.required()
        } _: { server in
            let terms = method == "PATCH" ? #","ended_at":"2026-11-21T12:00:00Z""# : ""
            let body = method == "GET" ? nil : #"{"reason":"a"\#(terms)}"#
            func ask(_ token: String) async throws -> Int {
                let answer = try await server.ask(
                    method, "/admin/sales/7\(path)", [token, Self.json, Self.seen], body: body)
                return answer.status
            }
            let operating = try await ask(TestTokens.field("olga", scope: "operate"))
            #expect(operating == status)
            #expect(server.stores.changes.map(\.actor) == (method == "POST" && status == 200 ? ["olga"] : []))
            #expect(try await ask(TestTokens.field("ann")) == 403)
            #expect(try await ask(TestTokens.field("adam", scope: "admin")) == 200)
        }
    }

    @Test(
        "What a change is refused for",
        arguments: [
            (ChangeOutcome.stale, 409, "stale"), (.overlaps, 409, "sale_overlaps"), (.inactive, 400, "sale_not_active"),
            (.keyReused, 422, "idempotency_key_reused"), (.notFound, 404, "sale_not_found"),
            (.stockInUse, 409, "stock_in_use"), (.itemNotFound, 404, "item_not_found"),
            (.orderNotFound, 404, "checkout_not_found"), (.nothingToRefund, 409, "nothing_to_refund"),
            (.unfit, 400, "validation"),
        ])
    func refusals(outcome: ChangeOutcome, status: Int, code: String) async throws {
        let answer = try await TestServer.with {
            $0.script.changed = { _ in outcome }
        } _: { server in
            try await server.ask("POST", "/admin/sales/7/end", [Self.admin, Self.json, Self.seen], body: Self.why)
        }
        #expect(answer.status == status && answer.text.contains(#""code":"\#(code)""#))
    }

    @Test("The log has a line for each change, and a full page a link to the next")
    func log() async throws {
        try await TestServer.with { server in
            let answer = try await server.ask("GET", "/admin/sales/7/log?limit=1&cursor=4", [Self.admin])
            let head = #"[{"version":6,"act":"pause_holds","actor":"ann","reason":"the supplier is late","#
            #expect(answer.text.hasPrefix(head + #""changed_at":"2026-11-21T08:00:00.000Z","before":{\#(Self.terms)"#))
            #expect(answer.text.hasSuffix(#""paused":"holds","version":6}}]"#))
            #expect(answer["Link"] == #"</admin/sales/7/log?limit=1&cursor=6>; rel="next""#)
            let whole = try await server.ask("GET", "/admin/sales/7/log", [Self.admin])
            #expect(whole["Link"] == nil)
            for query in ["limit=0", "limit=101", "cursor=-1", "cursor=x"] {
                #expect(try await server.ask("GET", "/admin/sales/7/log?\(query)", [Self.admin]).status == 400)
            }
        }
    }

    @Test("A buyer in a pause is asked to come back")
    func paused() async throws {
        try await TestServer.with {
            $0.script.record = { _ in .salePaused }
            $0.script.sell = { _ in .paused }
        } _: { server in
            for target in ["/checkout?user_id=ann&id=ITM-7-1", "/purchase?code=\(ScriptedStores.Script.code)"] {
                let answer = try await server.ask("POST", target)
                #expect(answer.status == 409 && answer.text.contains(#""code":"sale_paused","retryable":true"#))
                #expect(answer["Retry-After"].flatMap { Int($0) }.map { (1...3).contains($0) } == true)
            }
        }
    }
}
