// Reading sales page by page, pictures, and creating sales.

import FlashSale
import FlashSaleHTTP
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The sales' routes")
struct SaleRoutesTests {
    static let json = "Content-Type: application/json"
    static let admin = "Authorization: Bearer \(TestServer.token)"

    @Test("A sale has the documented fields", arguments: ["/sales/active", "/sales/7", "/sales/%37"])
    func sale(target: String) async throws {
        let answer = try await TestServer.with { server in
            // The ledger's clock is known once the agenda was read.
            _ = try await server.ask("GET", "/sales/active")
            return try await server.ask("GET", target)
        }
        #expect(
            answer.text
                == #"{"id":"7","started_at":"2026-11-21T07:59:00.000Z","ended_at":"2026-11-21T09:00:00.000Z","#
                + #""total_items":250,"stock_per_item":2,"max_items_per_user":10,"waiting_room":"none","#
                + #""items_sold":40,"active":true,"paused":null}"#
        )
        #expect(answer["Cache-Control"] == "public, max-age=1")
    }

    @Test("Following Link visits every item once")
    func pages() async throws {
        try await TestServer.with { server in
            var target: String? = "/sales/7/items?limit=100"
            var ids: [String] = []
            while let page = target {
                try Task.checkCancellation()
                let answer = try await server.ask("GET", page)
                guard case .array(let items) = try JSONValue(parsing: answer.body, depth: 4) else { break }
                for item in items {
                    if case .string(let id)? = item["id"] { ids.append(id) }
                }
                target = answer["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
                #expect((answer["Link"]?.hasSuffix("; rel=\"next\"") ?? true) && items.count <= 100)
            }
            #expect(ids == (1...250).map { "ITM-7-\($0)" })
        }
    }

    @Test("An item has the documented fields")
    func item() async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/sales/7/items?limit=1") }
        #expect(
            answer.text
                == #"[{"id":"ITM-7-1","name":"Calm Blue Chair 1","image_url":"/images/7/1.svg","sold":false,"#
                + #""price":{"amount":1250,"currency":"EUR"},"stock":2,"available":1}]"#
        )
    }

    @Test(
        "A fault of a page is listed under its field",
        arguments: [
            ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=ten", "limit"), ("limit=-1", "limit"),
            ("limit=", "limit"),
            ("limit=+1", "limit"), ("limit=1&limit=1", "limit"), ("cursor=", "cursor"), ("cursor=1", "cursor"),
            ("cursor=i0", "cursor"), ("cursor=i01", "cursor"), ("cursor=i-1", "cursor"),
            ("cursor=izzzzzzzzz", "cursor"),
        ])
    func badPage(query: String, field: String) async throws {
        let answer = try await TestServer.with { try await $0.ask("GET", "/sales/7/items?\(query)") }
        #expect(answer.status == 400)
        #expect(answer.text.contains(#""errors":{"\#(field)":"#))
    }

    @Test("A client that has the page gets 304")
    func notModified() async throws {
        try await TestServer.with { server in
            let first = try await server.ask("GET", "/sales/7/items")
            let tag = try #require(first["ETag"])
            for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try await server.ask("GET", "/sales/7/items", ["If-None-Match: \(known)"])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again["ETag"] == tag)
                #expect(again["Link"] == first["Link"])
            }
            let other = try await server.ask("GET", "/sales/7/items", ["If-None-Match: \"other\""])
            #expect(other.status == 200)
        }
    }

    @Test("Every item has its own picture, and it never changes")
    func image() async throws {
        try await TestServer.with { server in
            let first = try await server.ask("GET", "/images/7/1.svg")
            #expect(first.status == 200)
            #expect(first["Content-Type"] == "image/svg+xml")
            #expect(first["Cache-Control"]?.contains("immutable") == true)
            #expect(first.text.hasPrefix("<svg xmlns=") && first.text.hasSuffix("</svg>"))
            // Browsers keep it for a year: a release draws what the one before has drawn.
            #expect(first["ETag"] == #""2aef3c4769635be4""#)
            #expect(try await server.ask("GET", "/images/7/1.svg").body == first.body)
            #expect(try await server.ask("GET", "/images/7/2.svg").body != first.body)
        }
    }

    @Test("A new sale gets defaults for absent fields")
    func create() async throws {
        let answer = try await TestServer.with { server in
            _ = try await server.ask("GET", "/sales/active")
            return try await server.ask(
                "POST", "/admin/sales", [Self.admin, Self.json],
                body: #"{"total_items":3,"started_at":"2026-11-21T10:00:00+01:00","max_items_per_user":null}"#
            )
        }
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/sales/8")
        #expect(
            answer.text
                == #"{"data":{"id":"8","started_at":"2026-11-21T09:00:00.000Z","ended_at":"2026-11-21T10:00:00.000Z","#
                + #""total_items":3,"stock_per_item":1,"max_items_per_user":10,"waiting_room":"none"}}"#
        )
    }

    @Test(
        "A fault of a plan is listed under its field",
        arguments: [
            (#"{}"#, "total_items"), (#"{"total_items":0}"#, "total_items"),
            (#"{"total_items":1000000000}"#, "total_items"),
            (#"{"total_items":99999999999999999999}"#, "total_items"), (#"{"total_items":"5"}"#, "total_items"),
            (#"{"total_items":1.5}"#, "total_items"), (#"{"total_items":-1}"#, "total_items"),
            (#"{"total_items":1,"stock_per_item":0}"#, "stock_per_item"),
            (#"{"total_items":1000000,"stock_per_item":11}"#, "stock_per_item"),
            (#"{"total_items":1,"max_items_per_user":101}"#, "max_items_per_user"),
            (#"{"total_items":1,"started_at":"tomorrow"}"#, "started_at"),
            (#"{"total_items":1,"started_at":17}"#, "started_at"),
            (#"{"total_items":1,"started_at":"2026-12-01T00:00:00Z","ended_at":"2026-11-30T00:00:00Z"}"#, "ended_at"),
            (#"{"total_items":1,"ended_at":"2020-01-01T00:00:00Z"}"#, "ended_at"),
            (#"{"total_items":1,"ended_at":"2027-11-21T00:00:00Z"}"#, "ended_at"),
            (#"{"total_items":1,"started_at":"9999-12-31T23:59:59-01:00"}"#, "started_at"),
            (#"{"total_items":1,"started_at":"9999-12-31T23:59:59Z"}"#, "started_at"),
            (#"{"total_items":1,"started_at":"2026-11-20T00:00:00Z"}"#, "started_at"),
            (#"{"total_items":1,"stock_per_items":5}"#, "stock_per_items"),
            (#"{"total_items":1,"pace":null}"#, "pace"), (#"{"total_items":1,"":1}"#, ""),
            (#"[1]"#, "body"), (#"{"total_items":"#, "body"),
        ])
    func badPlan(body: String, field: String) async throws {
        let answer = try await TestServer.with { server in
            _ = try await server.ask("GET", "/sales/active")
            return try await server.ask("POST", "/admin/sales", [Self.admin, Self.json], body: body)
        }
        #expect(answer.status == 400)
        #expect(answer.text.contains(#""\#(field)":"#))
        #expect(answer.text.contains(#""code":"validation""#))
    }

    @Test(
        "A sale needs the admin token",
        arguments: [
            ([], 401), (["Authorization: Basic abc"], 401), (["Authorization: Bearer"], 401),
            (["Authorization: Bearer guess"], 403), (["Authorization: Bearer \(TestServer.token)x"], 403),
            (["Authorization: Bearer "], 401), (["Authorization: bearer \(TestServer.token)"], 201),
            (["Authorization: \tBearer \(TestServer.token) \t"], 201),
            ([admin, admin], 401),
        ])
    func token(fields: [String], status: Int) async throws {
        let answer = try await TestServer.with {
            try await $0.ask("POST", "/admin/sales", fields + [Self.json], body: #"{"total_items":3}"#)
        }
        #expect(answer.status == status)
        #expect((answer["WWW-Authenticate"] == "Bearer realm=\"flashsale\"") == (status == 401))
        #expect(!answer.text.contains(TestServer.token))
    }
}
