// Shops on the wire: which one a request is of, and what it gets there.

import FlashSale
import FlashSaleHTTP
import Synchronization
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("The shops' routes")
struct ShopRoutesTests {
    private static let lego = ShopID("lego")!
    private static let sale = Sale(
        id: SaleID(9), startedAt: ScriptedStores.Script.time(-60), endedAt: ScriptedStores.Script.time(3_600),
        itemCount: 30, stockPerItem: 1, maxItemsPerBuyer: 10, hold: .seconds(120), epoch: 1, shop: lego)

    private static func withShops<Result: Sendable>(
        _ shops: String = "acme,lego=lego.example,lego=www.lego.example", isMainOn: Bool = true,
        _ body: @Sendable (TestServer) async throws -> Result
    ) async throws -> Result {
        try await TestServer.with {
            $0.script.others = [sale]
            $0.script.hasSale = isMainOn
            $0.configure = { $0.shops = ShopDirectory(shops)! }
        } _: { server in
            try await body(server)
        }
    }

    /// Which sale a request gets; nil for a refusal.
    private static func sale(_ answer: RawAnswer) -> String? {
        answer.text.firstMatch(of: #/^{"id":"(\d+)"/#).map { String($0.1) }
    }

    @Test(
        "A request is of the shop in X-Shop-ID, or else of its host, or else of main",
        arguments: [
            ([], "7"), (["X-Shop-ID: main"], "7"), (["X-Shop-ID: lego"], "9"), (["x-shop-id:  lego "], "9"),
            (["Host: lego.example"], "9"), (["Host: WWW.Lego.Example:8080"], "9"), (["Host: other.example"], "7"),
            (["Host: lego"], "7"), (["Host: [::1]:80"], "7"), (["Host: lego.example", "X-Shop-ID: main"], "7"),
            (["Host: lego.example."], "9"), (["Host: LEGO.example.:80"], "9"),
        ])
    func shop(fields: [String], sale: String) async throws {
        let host = fields.contains { $0.hasPrefix("Host") } ? [] : ["Host: test"]
        let request = "GET /sales/active HTTP/1.1\r\n\((fields + host).joined(separator: "\r\n"))\r\n\r\n"
        let answer = try await Self.withShops { try await $0.send(request, hasBody: true) }
        #expect(Self.sale(answer) == sale, "\(answer.text)")
        #expect(answer["Vary"] == "X-Shop-ID")
    }

    @Test("The host of an absolute target stands above the field")
    func absoluteTarget() async throws {
        try await Self.withShops { server in
            for (target, host, sale) in [("lego.example", "test", "9"), ("test", "lego.example", "7")] {
                let request = "GET http://\(target)/sales/active HTTP/1.1\r\nHost: \(host)\r\n\r\n"
                let answer = try await server.send(request, hasBody: true)
                #expect(Self.sale(answer) == sale)
            }
        }
    }

    @Test(
        "A bad name of a shop is a fault, and an unknown one is not found",
        arguments: [
            (["X-Shop-ID: Lego"], 400), (["X-Shop-ID: "], 400), (["X-Shop-ID: a.b"], 400),
            (["X-Shop-ID: lego", "X-Shop-ID: acme"], 400), (["X-Shop-ID: bricks"], 404),
        ])
    func refused(fields: [String], status: Int) async throws {
        try await Self.withShops { server in
            for (method, target) in [("GET", "/sales/active"), ("POST", "/checkout?user_id=ann&id=ITM-9-1")] {
                let answer = try await server.ask(method, target, fields)
                #expect(answer.status == status)
                #expect(answer.text.contains(status == 400 ? #""X-Shop-ID":"must be"# : #""code":"shop_not_found""#))
            }
            let page = try await server.ask("GET", "/", fields)
            #expect(page.status == status)
        }
    }

    @Test("Attempts stay equal to requests where the shop is refused")
    func counted() async throws {
        try await Self.withShops { server in
            _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-9-1", ["X-Shop-ID: bricks"])
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 1)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.shopNotFound) == 1)
        }
    }

    @Test("A shop without a sale has none, whatever another has on")
    func without() async throws {
        try await Self.withShops { server in
            let answer = try await server.ask("GET", "/sales/active", ["X-Shop-ID: acme"])
            #expect(answer.status == 404 && answer.text.contains("sale_not_found"))
        }
        try await Self.withShops(isMainOn: false) { server in
            let main = try await server.ask("GET", "/sales/active")
            let lego = try await server.ask("GET", "/sales/active", ["X-Shop-ID: lego"])
            #expect(main.status == 404 && Self.sale(lego) == "9")
        }
    }

    @Test(
        "An item is held in the shop of its sale alone",
        arguments: [
            ("ITM-9-1", "lego", 200), ("ITM-7-1", "main", 200), ("ITM-9-1", "main", 400), ("ITM-7-1", "lego", 400),
            ("ITM-9-1", "acme", 400),
        ])
    func items(item: String, shop: String, status: Int) async throws {
        try await Self.withShops { server in
            for key in [[], ["Idempotency-Key: again"]] {
                let answer = try await server.ask(
                    "POST", "/checkout?user_id=ann&id=\(item)", ["X-Shop-ID: \(shop)"] + key)
                #expect(answer.status == status, "\(answer.text)")
                if status == 400 { #expect(answer.text.contains("item_not_in_sale")) }
            }
        }
    }

    @Test("A code is good under the name of any shop: it is a right to its cart, wherever that was filled")
    func codes() async throws {
        let code = ScriptedStores.Script.code.description
        try await Self.withShops { server in
            for shop in ["lego", "bricks", "No Name"] {
                for (method, target) in [
                    ("POST", "/purchase?code=\(code)"), ("GET", "/orders/\(code)"),
                    ("DELETE", "/checkout?code=\(code)"),
                ] {
                    let answer = try await server.ask(method, target, ["X-Shop-ID: \(shop)"])
                    #expect(answer.status == 200, "\(method) \(target) in \(shop): \(answer.text)")
                }
            }
        }
    }

    @Test("A sale says whose it is, but for main")
    func told() async throws {
        try await Self.withShops { server in
            let lego = try await server.ask("GET", "/sales/9")
            #expect(lego.text.contains(#""waiting_room":"none","shop":"lego","items_sold""#))
            #expect(try await !server.ask("GET", "/sales/7").text.contains("shop"))
            let managed = try await server.ask("GET", "/admin/sales/9", [SaleRoutesTests.admin])
            #expect(managed.text.contains(#""shop":"lego""#))
        }
    }

    @Test("Where there is one shop, no answer depends on it")
    func one() async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/sales/active", ["X-Shop-ID: main"]) }
        #expect(answer.status == 200 && answer["Vary"] == nil)
    }

    @Test(
        "A sale is created in the shop that the body names",
        arguments: [
            ("", ShopID.main), (#","shop":null"#, .main), (#","shop":"main""#, .main), (#","shop":"lego""#, lego),
        ])
    func created(member: String, shop: ShopID) async throws {
        let plans = Mutex<[SalePlan]>([])
        try await Self.withShops { server in
            server.stores.change { script in
                let create = script.created
                script.created = { plan in
                    plans.withLock { $0.append(plan) }
                    return create(plan)
                }
            }
            let answer = try await server.ask(
                "POST", "/admin/sales", [SaleRoutesTests.admin, SaleRoutesTests.json],
                body: #"{"total_items":5\#(member)}"#)
            #expect(answer.status == 201)
            #expect(answer.text.contains(#""shop":"lego""#) == (shop == Self.lego))
        }
        #expect(plans.withLock { $0.map(\.shop) } == [shop])
    }

    @Test("No sale is created in a shop that there is not", arguments: [#""bricks""#, #""Lego""#, "7", #""""#])
    func notCreated(value: String) async throws {
        let answer = try await Self.withShops { server in
            try await server.ask(
                "POST", "/admin/sales", [SaleRoutesTests.admin, SaleRoutesTests.json],
                body: #"{"total_items":5,"shop":\#(value)}"#)
        }
        #expect(answer.status == 400 && answer.text.contains(#""shop":"must be one of main, acme, lego""#))
    }

    @Test("The page shows the sale of its shop, and its forms hold that sale's items")
    func page() async throws {
        try await Self.withShops { server in
            let main = try await server.ask("GET", "/")
            let lego = try await server.ask("GET", "/", ["X-Shop-ID: lego"])
            #expect(main.text.contains("/images/7/") && !main.text.contains("/images/9/"))
            #expect(lego.text.contains("/images/9/") && !lego.text.contains("/images/7/"))
        }
    }

    @Test(
        "A list of shops that cannot be is no list",
        arguments: [
            "Lego", "lego,", ",", "lego=", "lego=a b", "lego=a..b", "lego=x.example,acme=X.Example", "=x.example",
        ])
    func badDirectory(text: String) {
        #expect(ShopDirectory(text) == nil)
    }

    @Test("A list of shops has main first, and each shop once")
    func directory() throws {
        let text = "acme,lego=lego.example,main=main.example,lego=www.lego.example"
        let shops = try #require(ShopDirectory(text))
        #expect(shops.all.map(\.description) == ["main", "acme", "lego"] && shops.description == text)
        #expect(try #require(ShopDirectory("")).all == [.main])
        #expect(ShopDirectory((0..<257).map { "s\($0)" }.joined(separator: ",")) == nil)
    }
}
