// The answers to buyers: the success and the refusals of every route, over a real socket.

import FlashSale
import FlashSaleHTTP
import Logging
import Telemetry
import Testing

@Suite("The buyers' routes")
struct BuyerRoutesTests {
    static let code = ScriptedStores.Script.code.description

    @Test("A checkout answers with the cart")
    func checkout() async throws {
        let answer = try await TestServer.with { try await $0.ask("POST", "/checkout?user_id=ann&id=ITM-7-1") }
        #expect(answer.status == 200)
        #expect(
            answer.text
                == #"{"code":"\#(Self.code)","items_count":1,"sale_ends_at":"2026-11-21T09:00:00.000Z","#
                + #""expires_at":"2026-11-21T08:02:00.000Z"}"#
        )
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(answer["X-Request-Id"]?.isEmpty == false)
        #expect(answer["Idempotency-Replayed"] == nil)
    }

    @Test(
        "Parameters may come in a JSON body",
        arguments: [
            #"{"user_id":"ann","id":"ITM-7-1"}"#, #" { "id" : "ITM-7-1", "more": [1], "user_id": "\u0061nn" } "#,
        ])
    func body(text: String) async throws {
        let answer = try await TestServer.with {
            try await $0.ask("POST", "/checkout", ["Content-Type: application/json; charset=utf-8"], body: text)
        }
        #expect(answer.status == 200)
    }

    @Test(
        "A fault of a parameter is listed under its field",
        arguments: [
            ("user_id=ann", "id", "is required"),
            ("id=ITM-7-1", "user_id", "is required"),
            ("user_id=&id=ITM-7-1", "user_id", "must not be empty"),
            ("user_id=ann&id=ITM-7-1&user_id=ann", "user_id", "is given more than once"),
            ("user_id=a%2&id=ITM-7-1", "user_id", "has a percent escape that is not two hexadecimal digits"),
            ("user_id=a%zz&id=ITM-7-1", "user_id", "has a percent escape that is not two hexadecimal digits"),
            ("user_id=%00&id=ITM-7-1", "user_id", "has a control character"),
            ("user_id=%0a&id=ITM-7-1", "user_id", "has a control character"),
            ("user_id=%ff&id=ITM-7-1", "user_id", "is not UTF-8"),
            ("user_id=a+b&id=ITM-7-1", "user_id", "may only contain A-Z a-z 0-9 . _ : @ -"),
            ("user_id=%C3%A4&id=ITM-7-1", "user_id", "may only contain A-Z a-z 0-9 . _ : @ -"),
            ("user_id=ann&id=ITM%2F7", "id", "may only contain A-Z a-z 0-9 . _ : @ -"),
            ("user_id=\(String(repeating: "a", count: 65))&id=ITM-7-1", "user_id", "is too long"),
        ])
    func badParameter(query: String, field: String, why: String) async throws {
        let answer = try await TestServer.with { try await $0.ask("POST", "/checkout?\(query)") }
        #expect(answer.status == 400)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect(answer.text.contains(#""code":"validation""#))
        #expect(answer.text.contains(#""errors":{"\#(field)":"\#(why)"}"#))
    }

    @Test("An escaped parameter is read")
    func escapes() async throws {
        let answer = try await TestServer.with {
            try await $0.ask("POST", "/checkout?us%65r_id=%61nn&id=ITM%2D7-1&x=%")
        }
        #expect(answer.status == 200)
    }

    @Test("A parameter must not differ between the query and the body")
    func contradiction() async throws {
        let json = ["Content-Type: application/json"]
        let answers = try await TestServer.with { server in
            [
                try await server.ask("POST", "/checkout?user_id=ann", json, body: #"{"user_id":"bob","id":"ITM-7-1"}"#),
                try await server.ask("POST", "/checkout?user_id=ann", json, body: #"{"user_id":"ann","id":"ITM-7-1"}"#),
            ]
        }
        #expect(answers.map(\.status) == [400, 200])
        #expect(answers[0].text.contains("is one thing in the query and another in the body"))
    }

    @Test(
        "A body that cannot be read gets its own status",
        arguments: [
            ("application/json", "{", 400, "validation"),
            ("application/json", #"{"user_id":"ann","user_id":"ann"}"#, 400, "validation"),
            ("application/json", #"["ann"]"#, 400, "validation"),
            ("application/json", #"{"user_id":true,"id":"ITM-7-1"}"#, 400, "validation"),
            (
                "application/json", String(repeating: "[", count: 17) + String(repeating: "]", count: 17), 400,
                "validation"
            ),
            ("text/plain", "user_id=ann", 415, "unsupported_media_type"),
            ("application/x-www-form-urlencoded", "user_id=ann", 415, "unsupported_media_type"),
            ("application/jsonp", "{}", 415, "unsupported_media_type"),
        ])
    func badBody(type: String, body: String, status: Int, code: String) async throws {
        let answer = try await TestServer.with {
            try await $0.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", ["Content-Type: \(type)"], body: body)
        }
        #expect(answer.status == status)
        #expect(answer.text.contains(#""code":"\#(code)""#))
    }

    @Test(
        "A well-formed name of something that cannot exist is not found",
        arguments: [
            ("POST", "/checkout?user_id=ann&id=ITM-7-0", "item_not_found"),
            ("POST", "/checkout?user_id=ann&id=lamp", "item_not_found"),
            ("POST", "/checkout?user_id=ann&id=ITM-7-251", "item_not_found"),
            ("DELETE", "/checkout?code=CHK-7-xyz", "checkout_not_found"),
            ("POST", "/purchase?code=CHK-7-xyz", "checkout_not_found"),
            ("GET", "/orders/CHK-7-xyz", "checkout_not_found"),
            ("GET", "/sales/0", "sale_not_found"),
            ("GET", "/sales/8", "sale_not_found"),
            ("GET", "/sales/tomorrow/items", "sale_not_found"),
            ("GET", "/images/7/0.svg", "item_not_found"),
            ("GET", "/images/7/1.png", "item_not_found"),
            ("GET", "/nowhere", "not_found"),
            ("PUT", "/nowhere/else", "not_found"),
            ("GET", "/checkout/", "not_found"),
            ("GET", "/metrics", "not_found"),
        ])
    func notFound(method: String, target: String, code: String) async throws {
        let answer = try await TestServer.with { try await $0.ask(method, target) }
        #expect(answer.status == 404)
        #expect(answer.text.contains(#""code":"\#(code)""#))
        #expect(answer.text.contains("not found"))
    }

    @Test("OPTIONS lists the methods of every route", arguments: OpenAPITests.successes.filter { !$0.isOfOperations })
    func options(_ success: OpenAPITests.Case) async throws {
        try await TestServer.with(success.setup) { server in
            let answer = try await server.ask("OPTIONS", success.target, ["X-Request-Id: r1"])
            #expect(answer.status == 204 && answer.body.isEmpty && answer["Content-Length"] == nil)
            #expect(answer["Allow"]?.contains(success.method) == true && answer["Allow"]?.hasSuffix("OPTIONS") == true)
            await server.logs.ended("r1")
            let labels = RequestLabels(.unknown, .other, .noContent)
            #expect(server.instruments.http.requestDurationSeconds.count(labels) == 1, "it counts as no error")
        }
    }

    @Test("OPTIONS of the service as a whole is answered at each port; no other method has that target")
    func optionsOfAll() async throws {
        try await TestServer.with { server in
            for isOfOperations in [false, true] {
                let answer = try await server.ask("OPTIONS", "*", ofOperations: isOfOperations)
                #expect(answer.status == 204 && answer.body.isEmpty)
                #expect(answer["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                #expect(try await server.ask("GET", "*", ofOperations: isOfOperations).status == 404)
            }
        }
    }

    @Test(
        "A wrong method is answered with the allowed methods",
        arguments: [
            ("GET", "/checkout", "POST, DELETE, OPTIONS"), ("PUT", "/purchase", "POST, OPTIONS"),
            ("POST", "/sales/active", "GET, HEAD, OPTIONS"), ("PROPFIND", "/health", "GET, HEAD, OPTIONS"),
            ("TRACE", "/purchase", "POST, OPTIONS"),
        ])
    func wrongMethod(method: String, target: String, allow: String) async throws {
        let answer = try await TestServer.with { try await $0.ask(method, target) }
        #expect(answer.status == 405)
        #expect(answer["Allow"] == allow)
        #expect(answer.text.contains(#""code":"method_not_allowed""#))
    }

    @Test(
        "Every refusal of the ledger has its status and its words",
        arguments: [
            (RecordOutcome.userLimitExceeded, 400, "user_limit_exceeded", "limit"),
            (.holdLimitExceeded, 400, "hold_limit_exceeded", "paid for"),
            (.alreadyCheckedOut(ScriptedStores.Script.code), 400, "already_checked_out", "already"),
            (.saleNotActive, 400, "sale_not_active", "not active"),
            (.idempotencyKeyReused, 422, "idempotency_key_reused", "Idempotency-Key"),
            (.noneFree, 409, "item_sold", "sold"),
        ])
    func refusal(script: RecordOutcome, status: Int, code: String, word: String) async throws {
        let answer = try await TestServer.with {
            $0.script.record = { _ in script }
        } _: {
            try await $0.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
        }
        #expect(answer.status == status)
        #expect(answer.text.contains(#""code":"\#(code)""#))
        #expect(answer.text.contains(word))
        #expect(answer.text.contains(#""request_id":"\#(answer["X-Request-Id"] ?? "-")""#))
        if case .alreadyCheckedOut = script { #expect(answer.text.contains(#""checkout_code":"\#(Self.code)""#)) }
    }

    @Test("A refusal for a held item has a retry time, and one for a failed store has Retry-After")
    func laterRefusals() async throws {
        try await TestServer.with { setup in
            setup.script.record = { _ in .noneFree }
            setup.script.confirmation = .held(retryAt: ScriptedStores.Script.time(5))
        } _: { server in
            let held = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(held.status == 409)
            #expect(held.text.contains(#""retryable":true"#))
            #expect(held.text.contains(#""retry_at":"2026-11-21T08:00:05.000Z""#))
            server.stores.change { $0.record = { _ in throw LedgerFailure(.database, underlying: NoAnswer()) } }
            let failed = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(failed.status == 503)
            #expect(failed.text.contains(#""code":"database""#))
            let wait = try #require(failed["Retry-After"].flatMap { Int($0) })
            #expect((1...3).contains(wait))
            server.stores.change { $0.record = { _ in throw NoAnswer() } }
            let broken = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", ["X-Request-Id: mine-1"])
            #expect(broken.status == 500)
            #expect(!broken.text.contains("NoAnswer"))
            let errors = server.logs.lines.filter { $0.level == .error }
            #expect(errors.map { $0.metadata["request_id"] } == ["mine-1"])
        }
    }

    @Test("A purchase, its replay and the look-up of its order have the same bytes")
    func purchase() async throws {
        let target = "/purchase?code=\(Self.code)"
        let answers = try await TestServer.with { server in
            [
                try await server.ask("POST", target, ["Idempotency-Key: first"]),
                try await server.ask("POST", target, ["Idempotency-Key: \t\"again\" "]),
                try await server.ask("GET", "/orders/\(Self.code)"),
            ]
        }
        #expect(answers.map(\.status) == [200, 200, 200])
        #expect(Set(answers.map(\.body)).count == 1)
        #expect(answers.map { $0["Idempotency-Replayed"] } == [nil, "true", nil])
        #expect(
            answers[0].text
                == #"{"success":true,"purchased_items":[{"id":"ITM-7-1","name":"Quiet \"Amber\" Lamp","sold":true,"#
                + #""price":{"amount":1999,"currency":"EUR"}},"#
                + #"{"id":"ITM-7-2","name":"Bold Teal Kettle","sold":false}],"total_purchased":1,"failed_count":1,"#
                + #""order_id":"ORD-7-5","code":"\#(Self.code)","total_price":{"amount":1999,"currency":"EUR"},"#
                + #""ordered_at":"2026-11-21T08:00:00.000Z"}"#
        )
    }

    @Test("A second purchase without the key is refused with the order")
    func secondPurchase() async throws {
        let answer = try await TestServer.with {
            $0.script.sell = { _ in .alreadyProcessed(ScriptedStores.Script.order, isReplay: false) }
        } _: {
            try await $0.ask("POST", "/purchase?code=\(Self.code)")
        }
        #expect(answer.status == 409)
        #expect(answer.text.contains(#""code":"already_processed""#))
        #expect(answer.text.contains(#""order":{"success":true"#))
    }

    @Test(
        "A malformed idempotency key is refused", arguments: ["", "a b", "\"open", String(repeating: "k", count: 65)])
    func badKey(key: String) async throws {
        let answer = try await TestServer.with {
            try await $0.ask("POST", "/purchase?code=\(Self.code)", ["Idempotency-Key: \(key)"])
        }
        #expect(answer.status == 400)
        #expect(answer.text.contains(#""errors":{"Idempotency-Key":"#))
    }

    @Test("A cancel answers with the released items")
    func cancel() async throws {
        let answer = try await TestServer.with { try await $0.ask("DELETE", "/checkout?code=\(Self.code)&id=ITM-7-3") }
        #expect(answer.status == 200)
        #expect(answer.text == #"{"code":"\#(Self.code)","released_items":["ITM-7-3"],"items_count":0}"#)
    }
}
