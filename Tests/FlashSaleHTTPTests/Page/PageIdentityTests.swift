// The buyer's page where visitors prove who they are.

import FlashSale
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The page where identity is required")
struct PageIdentityTests {
    private typealias Script = ScriptedStores.Script

    private static let token = TestTokens.field("ann").dropFirst("Authorization: Bearer ".count)
    private static let cookie = "Cookie: __Host-flashsale=\(token)"

    private func with(_ body: @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.with({ $0.identity = TestTokens.required() }, body)
    }

    @Test("A token becomes a cookie that only this host gets, over TLS, and goes again")
    func session() async throws {
        try await with { server in
            let answer = try await server.ask("POST", "/session", [TestTokens.field("ann")])
            #expect(answer.status == 204)
            let cookie = try #require(answer["Set-Cookie"])
            #expect(cookie.hasPrefix("__Host-flashsale=ey"))
            #expect(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="))
            #expect(try await server.ask("POST", "/session").status == 401)
            #expect(try await server.ask("POST", "/session", ["Authorization: Bearer x"]).status == 401)
            let gone = try await server.ask("DELETE", "/session", ["Sec-Fetch-Site: same-origin"])
            #expect(gone.status == 204 && gone["Set-Cookie"]?.contains("=; ") == true)
            #expect(try await server.ask("DELETE", "/session", [Self.cookie]).status == 403)
            let code = ScriptedStores.Script.code
            let kept = "flashsale-item-7-1=\(code.digits).1.2; flashsale-ticket-7=t; flashsale-order=\(code); theirs=1"
            let all = try await server.ask(
                "DELETE", "/session", ["Sec-Fetch-Site: same-origin", "\(Self.cookie); \(kept)"])
            let forgotten = all.fields.filter { $0.name == "Set-Cookie" && $0.value.contains("=; ") }
            let names = forgotten.map { $0.value.prefix { $0 != "=" } }
            #expect(names == ["__Host-flashsale", "flashsale-item-7-1", "flashsale-ticket-7", "flashsale-order"])
            #expect(forgotten.allSatisfy { $0.value.contains("Max-Age=0") })
        }
        try await TestServer.with { server in
            let off = try await server.ask("POST", "/session", [TestTokens.field("ann")])
            #expect(off.status == 404)
        }
    }

    @Test("A token that no browser keeps in a cookie is refused, and counts as a bearer", arguments: [true, false])
    func longToken(fits: Bool) async throws {
        try await with { server in
            let field = TestTokens.field("ann", scope: String(repeating: "x", count: fits ? 1_000 : 6_000))
            let answer = try await server.ask("POST", "/session", [field])
            #expect(answer.status == (fits ? 204 : 400))
            #expect((answer["Set-Cookie"] != nil) == fits && answer.text.contains("a browser keeps") == !fits)
            #expect(try await server.ask("POST", "/checkout?id=ITM-7-1", [field]).status == 200)
        }
    }

    @Test("On a developer's machine the page signs in any name that is one, from its own forms alone")
    func box() async throws {
        try await TestServer.with {
            $0.identity = TestTokens.required(signsAnybodyIn: true)
        } _: { server in
            let page = try await server.ask("GET", "/")
            #expect(page.text.contains(#"<form class="who" method="post" action="/session">"#))
            let answer = try await server.ask("POST", "/session", PageRoutesTests.form, body: "user_id=ann")
            #expect(answer.status == 303 && answer["Location"] == "/")
            let cookie = try #require(answer["Set-Cookie"]?.split(separator: ";").first)
            #expect(cookie.hasPrefix("__Host-flashsale=ey"))
            let known = try await server.ask("GET", "/", ["Cookie: \(cookie)"])
            #expect(known.text.contains(#"id="take""#) && !known.text.contains("class=\"who\""))
            for name in ["user=ann", "user_id=", "user_id=a+b"] {
                let refused = try await server.ask("POST", "/session", PageRoutesTests.form, body: name)
                #expect(refused["Location"] == "/?notice=validation" && refused["Set-Cookie"] == nil, "\(name)")
            }
            let elsewhere = PageRoutesTests.form.filter { !$0.hasPrefix("Sec-Fetch-Site") }
            let foreign = try await server.ask(
                "POST", "/session", elsewhere + ["Sec-Fetch-Site: cross-site"], body: "user_id=ann")
            #expect(foreign.status == 403 && foreign["Set-Cookie"] == nil)
        }
        try await with { server in
            #expect(try await !server.ask("GET", "/").text.contains("action=\"/session\""))
            let refused = try await server.ask("POST", "/session", PageRoutesTests.form, body: "user_id=ann")
            #expect(refused.status == 401 && refused["Set-Cookie"] == nil)
        }
    }

    @Test("Without the cookie a visitor sees the sale and no forms; with it, the forms")
    func signedOut() async throws {
        try await with { server in
            let anonymous = try await server.ask("GET", "/", ["Cookie: flashsale-buyer=ann"])
            #expect(anonymous.text.contains("Sign in to take part") && !anonymous.text.contains(#"id="take""#))
            #expect(anonymous["Set-Cookie"] == nil)
            let known = try await server.ask("GET", "/", [Self.cookie])
            #expect(known.text.contains(#"id="take""#) && !known.text.contains("Sign in"))
            let refused = try await server.ask(
                "POST", "/act/checkout", PageRoutesTests.form, body: "id=ITM-7-1&key=k")
            #expect(refused["Location"] == "/?notice=unauthorized")
            let taken = try await server.ask(
                "POST", "/act/checkout", PageRoutesTests.form + [Self.cookie], body: "id=ITM-7-1&key=k")
            #expect(taken["Location"] == "/?notice=added" && taken["Set-Cookie"]?.hasSuffix("; Secure") == true)
            #expect(try await server.ask("GET", "/receipt/\(Script.code)", [Self.cookie]).status == 200)
            #expect(try await server.ask("GET", "/receipt/\(Script.code)").status == 401)
        }
    }

    @Test("A session that ends midway buys nothing, and its cart is there after signing in again")
    func ended() async throws {
        let ended = TestTokens.field("ann", for: -120).dropFirst("Authorization: Bearer ".count)
        let held = "flashsale-item-7-3=\(Script.code.digits).\(Script.time(60).microseconds / 1_000).777"
        let cookies = "Cookie: __Host-flashsale=\(ended); \(held)"
        try await with { server in
            for act in ["checkout", "cancel", "purchase"] {
                let refused = try await server.ask(
                    "POST", "/act/\(act)", PageRoutesTests.form + [cookies],
                    body: "id=ITM-7-3&code=\(Script.code)&key=k")
                #expect(refused["Location"] == "/?notice=unauthorized" && refused["Set-Cookie"] == nil, "\(act)")
            }
            let page = try await server.ask("GET", "/", [cookies])
            #expect(page.text.contains("Sign in to take part") && page["Set-Cookie"] == nil)
            let again = try await server.ask("GET", "/", ["\(Self.cookie); \(held)"])
            #expect(again.text.contains(#"id="buy-\#(Script.code)""#))
        }
    }

    @Test("The JSON routes know the cookie too, for requests of this site and for reading")
    func json() async throws {
        try await with { server in
            let checkout = "/checkout?id=ITM-7-1"
            let bare = try await server.ask("POST", checkout, [Self.cookie])
            #expect(bare.status == 403)
            #expect(try await server.ask("POST", checkout, [Self.cookie, "Sec-Fetch-Site: cross-site"]).status == 403)
            #expect(try await server.ask("POST", checkout, [Self.cookie, "Sec-Fetch-Site: same-origin"]).status == 200)
            #expect(try await server.ask("POST", checkout, [Self.cookie, "Origin: http://test"]).status == 200)
            #expect(try await server.ask("GET", "/orders/\(Script.code)", [Self.cookie]).status == 200)
            let both = [Self.cookie, "Authorization: Bearer x", "Sec-Fetch-Site: same-origin"]
            #expect(try await server.ask("POST", checkout, both).status == 401, "a header wins over a cookie")
        }
    }
}
