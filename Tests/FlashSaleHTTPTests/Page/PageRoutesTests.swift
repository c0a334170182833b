// The buyer's page over HTTP: what it shows, what its forms do, what it keeps in a browser.

import BuyerPage
import FlashSale
import FlashSaleHTTP
import Synchronization
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The page's routes")
struct PageRoutesTests {
    private typealias Script = ScriptedStores.Script

    static let form = ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"]
    private static let ann = "Cookie: flashsale-buyer=ann"
    private static let digits = Script.code.digits
    private static let take = "id=ITM-7-3&key=k1&cursor="

    /// A browser's cookie for an item that is held.
    private static func held(_ number: Int, for seconds: Int64 = 60) -> String {
        "flashsale-item-7-\(number)=\(digits).\(Script.time(seconds).microseconds / 1_000).777"
    }

    @Test("A first visitor gets the items, a name, and a policy that lets nothing foreign in")
    func firstVisit() async throws {
        try await TestServer.with { server in
            let answer = try await server.ask("GET", "/", ["Accept-Language: de"])
            #expect(answer.status == 200 && answer["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer["Cache-Control"] == "no-store")
            #expect(answer["Content-Security-Policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(answer.text.contains(#"<html lang="de">"#) && answer.text.contains(#"id="b-ITM-7-1""#))
            let cookie = try #require(answer["Set-Cookie"])
            #expect(cookie.hasPrefix("flashsale-buyer=guest.") && cookie.contains("; HttpOnly; SameSite=Lax; "))
            #expect(!cookie.contains("Secure"))
            let again = try await server.ask("GET", "/?cursor=i1", [Self.ann])
            #expect(again["Set-Cookie"] == nil && again.text.contains(#"<html lang="en">"#))
            #expect(again.text.contains(#"name="cursor" value="i1""#) && !again.text.contains(#"id="ITM-7-1""#))
        }
    }

    @Test("Without a sale the page says so, and without a ledger it says that too and comes back")
    func nothing() async throws {
        try await TestServer.with {
            $0.script.hasSale = false
        } _: { server in
            let answer = try await server.ask("GET", "/")
            #expect(answer.status == 200 && answer.text.contains("There is no sale at the moment"))
        }
        try await TestServer.with {
            $0.script.failure = .database
        } _: { server in
            let answer = try await server.ask("GET", "/")
            #expect(answer.status == 503 && answer["Retry-After"] == "5")
            #expect(answer.text.contains("Very busy at the moment"))
            #expect(answer.text.contains(#"content="5;url=/""#))
        }
    }

    @Test("A form takes an item, and a browser keeps what is held; a second post of it changes nothing")
    func checkout() async throws {
        let keys = Keys()
        try await TestServer.with(keys.record) { server in
            for _ in 0..<2 {
                let answer = try await server.ask("POST", "/act/checkout", Self.form + [Self.ann], body: Self.take)
                #expect(answer.status == 303 && answer["Location"] == "/?notice=added")
                let cookie = try #require(answer["Set-Cookie"])
                #expect(cookie.hasPrefix("flashsale-item-7-3=\(Self.digits).") && cookie.contains(".1250; Path=/"))
            }
            #expect(keys.texts == ["k1.3", "k1.3"])
            let page = try await server.ask("GET", "/?notice=added", [Self.ann + "; " + Self.held(3)])
            #expect(page.text.contains("Added to your cart") && page.text.contains(#"id="x-ITM-7-3""#))
            #expect(page.text.contains(#"name="code" value="\#(Script.code)""#))
            // The cart has the price at which the item was taken, whatever it costs now.
            #expect(page.text.contains("7.77") && page.text.contains("12.50"))
            let other = try await server.ask("GET", "/", ["Cookie: flashsale-buyer=bob"])
            #expect(other.text.contains(#"id="take""#) && !other.text.contains("CHK-7-"), "ann's is not shared")
        }
    }

    @Test(
        "A refusal leads back to the page with its reason",
        arguments: [
            (RecordOutcome.noneFree, "item_sold"), (.userLimitExceeded, "user_limit_exceeded"),
            (.alreadyCheckedOut(Script.code), "already_checked_out"),
        ])
    func refusals(outcome: RecordOutcome, reason: String) async throws {
        try await TestServer.with {
            $0.script.record = { _ in outcome }
        } _: { server in
            let answer = try await server.ask(
                "POST", "/act/checkout", Self.form + [Self.ann], body: Self.take + "i9")
            #expect(answer.status == 303 && answer["Location"] == "/?notice=\(reason)&cursor=i9")
            let page = try await server.ask("GET", "/?notice=\(reason)", [Self.ann])
            #expect(page.text.contains(#"id="notice" class="note warn""#))
        }
    }

    @Test("A purchase leads to its order, again and again, and the cart is forgotten")
    func purchase() async throws {
        try await TestServer.with { server in
            let body = "code=\(Script.code)&key=k1"
            let cookies = [Self.ann + "; " + Self.held(3) + "; " + Self.held(4)]
            let answer = try await server.ask("POST", "/act/purchase", Self.form + cookies, body: body)
            #expect(answer.status == 303 && answer["Location"] == "/receipt/\(Script.code)")
            let set = answer.fields.filter { $0.name == "Set-Cookie" }.map(\.value)
            #expect(set.count == 3 && set[0].hasPrefix("flashsale-item-7-3=;") && set[0].contains("Max-Age=0"))
            server.stores.change { $0.sell = { _ in .alreadyProcessed(Script.order, isReplay: false) } }
            let again = try await server.ask("POST", "/act/purchase", Self.form + cookies, body: body)
            #expect(again["Location"] == "/receipt/\(Script.code)")
            let receipt = try await server.ask("GET", "/receipt/\(Script.code)")
            #expect(receipt.status == 200 && receipt.text.contains(Script.order.id.description))
            #expect(try await server.ask("GET", "/receipt/x").status == 404)
        }
    }

    @Test("What is not held any more goes from the cart, whatever its cookie said")
    func cancel() async throws {
        try await TestServer.with { server in
            let body = "code=\(Script.code)&id=ITM-7-3"
            for outcome in [nil, ReleaseOutcome.expired, .notFound] {
                server.stores.change { script in
                    if let outcome { script.release = { _, _ in outcome } }
                }
                let answer = try await server.ask("POST", "/act/cancel", Self.form + [Self.ann], body: body)
                #expect(answer.status == 303 && answer["Location"] == "/?notice=removed")
                #expect(answer["Set-Cookie"]?.hasPrefix("flashsale-item-7-3=;") == true)
            }
            server.stores.change { script in
                script.release = { _, _ in .alreadyProcessed(Script.order) }
                script.sell = { _ in .expired }
            }
            let bought = try await server.ask("POST", "/act/cancel", Self.form + [Self.ann], body: body)
            #expect(bought["Location"] == "/receipt/\(Script.code)")
            let late = try await server.ask(
                "POST", "/act/purchase", Self.form + [Self.ann], body: "code=\(Script.code)&key=k")
            #expect(late["Location"] == "/?notice=checkout_expired")
        }
    }

    @Test("The waiting room: join, wait, be called")
    func waitingRoom() async throws {
        try await TestServer.with {
            $0.script.queue = Script.line(called: 1_010)
        } _: { server in
            _ = try await server.ask("GET", "/sales/7/queue")
            let first = try await server.ask("GET", "/", [Self.ann])
            #expect(first.text.contains(#"action="/act/join""#) && !first.text.contains(#"id="take""#))
            let joined = try await server.ask("POST", "/act/join", Self.form + [Self.ann], body: "id=7")
            #expect(joined.status == 303 && joined["Location"] == "/")
            let ticket = try #require(joined["Set-Cookie"]).prefix { $0 != ";" }
            let waiting = try await server.ask("GET", "/", [Self.ann + "; " + ticket])
            #expect(waiting.text.contains("You are in line") && waiting.text.contains(">1,051</dd>"))
            let stranger = try await server.ask("GET", "/", ["Cookie: flashsale-buyer=bob; \(ticket)"])
            #expect(stranger.text.contains(#"action="/act/join""#), "a ticket is its buyer's")
            let early = try await server.ask(
                "POST", "/act/checkout", Self.form + [Self.ann + "; " + ticket], body: Self.take)
            #expect(early["Location"] == "/?notice=waiting_room")
            let called = "flashsale-ticket-7=\(Script.ticket(late: 5))"
            let turn = try await server.ask("GET", "/", [Self.ann + "; " + called])
            #expect(turn.text.contains("It is your turn") && turn.text.contains(#"id="take""#))
            let own = try await server.ask(
                "POST", "/act/join", Self.form + ["Cookie: flashsale-buyer=bob; \(called)"], body: "id=7")
            #expect(own["Set-Cookie"]?.hasPrefix("flashsale-ticket-7=T1.") == true, "another's ticket is replaced")
        }
    }

    @Test("A browser keeps few tickets, however many sales it joins: all its cookies must fit into a request")
    func tickets() async throws {
        try await TestServer.with {
            $0.script.queue = Script.line(called: 1_010)
        } _: { server in
            _ = try await server.ask("GET", "/sales/7/queue")
            for (others, forgotten) in [
                (101...107, Array(0..<0)), (101...109, [102, 101]), (1...60, Array((46...53).reversed())),
            ] {
                let tickets = others.map { "; flashsale-ticket-\($0)=T1.x" }.joined()
                let answer = try await server.ask(
                    "POST", "/act/join", Self.form + [Self.ann + tickets], body: "id=7")
                let set = answer.fields.filter { $0.name == "Set-Cookie" }.map(\.value)
                #expect(set.first?.hasPrefix("flashsale-ticket-7=T1.") == true)
                #expect(set.dropFirst().map { $0.prefix { $0 != ";" } } == forgotten.map { "flashsale-ticket-\($0)=" })
                #expect(set.dropFirst().allSatisfy { $0.contains("; Max-Age=0") })
            }
        }
    }

    @Test(
        "A form of another site does nothing",
        arguments: [
            ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"], ["Origin: https://test.example"],
            ["Origin: null"], [], ["Origin: http://test:81"], ["Origin: http://test", "Origin: http://test"],
            ["Sec-Fetch-Site: cross-site", "Origin: http://test"], ["Origin: test"],
        ])
    func crossSite(fields: [String]) async throws {
        let keys = Keys()
        try await TestServer.with(keys.record) { server in
            for (act, body) in [("checkout", Self.take), ("purchase", "code=\(Script.code)&key=k"), ("join", "id=7")] {
                let answer = try await server.ask(
                    "POST", "/act/\(act)", [Self.form[0], Self.ann] + fields, body: body)
                #expect(answer.status == 403 && answer.text.contains("This is not allowed"))
            }
            #expect(keys.texts.isEmpty)
            let own = try await server.ask(
                "POST", "/act/checkout", [Self.form[0], Self.ann, "Origin: http://test"], body: Self.take)
            #expect(own.status == 303)
        }
    }

    @Test("A form that is none, or without a name, leads back to the page")
    func badForms() async throws {
        try await TestServer.with { server in
            for (field, body, notice) in [
                ("Content-Type: application/json", "{}", "validation"), (Self.form[0], "id=x&key=k", "validation"),
                (Self.form[0], "id=ITM-7-1", "validation"), (Self.form[0], "id=%zz&key=k", "validation"),
            ] {
                let answer = try await server.ask(
                    "POST", "/act/checkout", [field, Self.form[1], Self.ann], body: body)
                #expect(answer["Location"] == "/?notice=\(notice)")
            }
            let nameless = try await server.ask("POST", "/act/checkout", Self.form, body: Self.take)
            #expect(nameless["Location"] == "/?notice=cookies")
            let page = try await server.ask("GET", "/?notice=%3Cb%3E&cursor=x", [Self.ann + "; flashsale-item-7-x=1"])
            #expect(page.status == 200 && !page.text.contains("<b>&") && !page.text.contains(#"id="notice""#))
        }
    }

    @Test("Files have the names of their bytes and are kept for ever; other names do not exist")
    func assets() async throws {
        try await TestServer.with { server in
            for asset in [PageAsset.style, .script, .icon] {
                let answer = try await server.ask("GET", asset.path)
                #expect(answer.status == 200 && answer["Content-Type"] == asset.contentType)
                #expect(answer["Cache-Control"] == "public, max-age=31536000, immutable")
                #expect(Array(answer.body) == asset.bytes)
            }
            #expect(try await server.ask("GET", "/assets/page.0.css").status == 404)
        }
    }

    @Test("Of a sale of a million items a page has twenty, is small, and leads to the next and to one anywhere")
    func million() async throws {
        let (first, last) = (Script.sale, Int32(1_000_000))
        let sale = Sale(
            id: SaleID(8), startedAt: first.startedAt, endedAt: first.endedAt, itemCount: last, stockPerItem: 10,
            maxItemsPerBuyer: 10, hold: first.hold, epoch: 1)
        try await TestServer.with {
            $0.script.hasSale = false
            $0.script.others = [sale]
        } _: { server in
            for (cursor, items) in [("", 1...20), ("?cursor=\(ItemCursor(number: last - 20))", last - 19...last)] {
                let page = try await server.ask("GET", "/\(cursor)", [Self.ann])
                #expect(page.status == 200 && page.body.count < 14 * 1_024)
                let shown = page.text.matches(of: #/<li id="ITM-8-(\d+)"/#).compactMap { Int32($0.1) }
                #expect(shown == Array(items))
                #expect(page.text.contains(#"rel="next" href="/?cursor=i"#))
                #expect(page.text.contains("Somewhere else"))
            }
        }
    }

    @Test("Where the page is off, its paths are unknown")
    func off() async throws {
        try await TestServer.with {
            $0.configure = { $0.showsPage = false }
        } _: { server in
            for (method, path) in [("GET", "/"), ("POST", "/act/join"), ("GET", PageAsset.style.path)] {
                let answer = try await server.ask(method, path)
                #expect(answer.status == 404 && answer.text.contains(#""code":"not_found""#))
            }
        }
    }
}

/// The keys of the checkouts that reach the ledger.
private final class Keys: Sendable {
    private let seen = Mutex<[String]>([])

    var texts: [String] { seen.withLock(\.self) }

    func record(_ setup: inout TestServer.Setup) {
        setup.script.record = { [self] request in
            seen.withLock { $0.append(request.key?.text ?? "") }
            let cart = Cart(
                code: ScriptedStores.Script.code, itemsCount: 1, expiresAt: ScriptedStores.Script.time(120))
            return .held(cart, unit: 1, isReplay: false)
        }
    }
}
