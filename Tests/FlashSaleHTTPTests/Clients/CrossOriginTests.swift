// What browsers are told about pages of other origins.

import Testing

@testable import FlashSaleHTTP

@Suite("Pages of other origins")
struct CrossOriginTests {
    static let shop = "https://shop.example"

    @Test(
        "An origin is read as browsers send it",
        arguments: [
            (shop, shop), ("HTTPS://Shop.Example:443", shop), ("http://localhost:3000", "http://localhost:3000"),
            ("http://10.0.0.1:80", "http://10.0.0.1"), ("https://[::1]:8443", "https://[::1]:8443"),
            ("http://[::1]", "http://[::1]"), ("capacitor://localhost", "capacitor://localhost"),
            ("http://shop.example:443", "http://shop.example:443"),
        ])
    func origin(text: String, origin: String) { #expect(WebOrigin(text)?.description == origin) }

    @Test(
        "What is no origin is refused",
        arguments: [
            "*", "null", "", "shop.example", "https://", "https:///", "https://shop.example/", "https://*.example",
            "https://shop.example/page", "https://a@shop.example", "https://shop.example:", "https://shop.example:0",
            "https://shop.example:65536", "https://shop.example:+1", "https://läden.example", "1a://shop.example",
            "://shop.example", "https://::1", "https://[::1", "https://[::1]x", "https://[10.0.0.1]", "https://a:b:80",
        ])
    func noOrigin(text: String) { #expect(WebOrigin(text) == nil) }

    private static func ask(
        _ method: String = "GET", _ target: String = "/sales/active", from origins: [String], _ fields: [String] = [],
        allowed: [String] = [shop], ofOperations: Bool = false, body: String? = nil
    ) async throws -> RawAnswer {
        try await TestServer.with { setup in
            setup.servesMetricsOnAPI = true
            setup.limits.buyerRequestsBurst = 1
            setup.configure = { $0.origins = allowed.compactMap { WebOrigin($0) } }
        } _: { server in
            let fields = origins.map { "Origin: \($0)" } + fields
            return try await server.ask(method, target, fields, body: body, ofOperations: ofOperations)
        }
    }

    private static func corsFields(_ answer: RawAnswer) -> [String] {
        answer.fields.map { $0.name.lowercased() }.filter { $0 == "vary" || $0.hasPrefix("access-control") }
    }

    @Test(
        "A page of a named origin reads every answer, refusals too",
        arguments: [
            ("GET", "/sales/active", 200), ("GET", "/sales/x", 404), ("POST", "/checkout", 400),
            ("POST", "/checkout?user_id=ann&id=ITM-7-1", 200), ("PATCH", "/checkout", 405), ("GET", "/nothing", 404),
            ("GET", "/openapi.json", 200), ("GET", "/images/7/1.svg", 200), ("GET", "/orders/CHK-7-x", 404),
        ])
    func named(method: String, target: String, status: Int) async throws {
        let answer = try await Self.ask(method, target, from: [Self.shop])
        #expect(answer.status == status)
        #expect(answer["Access-Control-Allow-Origin"] == Self.shop)
        #expect(answer["Vary"] == "Origin")
        let exposed = answer["Access-Control-Expose-Headers"]?.split(separator: ", ").map(String.init) ?? []
        let ours = [
            "ETag", "Idempotency-Replayed", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
            "traceresponse", "Date",
        ]
        #expect(Set(exposed) == Set(ours))
        #expect(answer["Access-Control-Allow-Credentials"] == nil)
    }

    @Test("A page of a named origin reads what the connection refuses by itself, too")
    func refusedByConnection() async throws {
        let answer = try await Self.ask("POST", "/checkout", from: [Self.shop], ["Content-Length: 99999"])
        #expect(answer.status == 413)
        #expect(answer["Access-Control-Allow-Origin"] == Self.shop)
    }

    @Test(
        "An answer to any other origin names none, and caches are told that it could have",
        arguments: [
            [], ["null"], ["https://shop.example.evil"], ["http://shop.example"], ["https://shop.example:444"],
            ["https://SHOP.example"], [shop, shop], [shop, "https://evil.example"], ["https://evil.example, \(shop)"],
        ])
    func foreign(origins: [String]) async throws {
        let answer = try await Self.ask(from: origins)
        #expect(answer.status == 200)
        #expect(Self.corsFields(answer) == ["vary"])
        let preflight = try await Self.ask(
            "OPTIONS", "/checkout", from: origins, ["Access-Control-Request-Method: POST"])
        #expect(Self.corsFields(preflight) == ["vary"])
    }

    @Test(
        "A preflight learns the methods and the fields that its page may send",
        arguments: [("/checkout", "POST, DELETE"), ("/purchase", "POST"), ("/sales/active", "GET, HEAD")])
    func preflight(target: String, methods: String) async throws {
        let wishes = [
            "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type,idempotency-key",
        ]
        let answer = try await Self.ask("OPTIONS", target, from: [Self.shop], wishes)
        #expect(answer.status == 204)
        #expect(answer["Access-Control-Allow-Origin"] == Self.shop)
        #expect(answer["Access-Control-Allow-Methods"] == methods)
        let fields = answer["Access-Control-Allow-Headers"]?.lowercased().split(separator: ", ").map(String.init) ?? []
        #expect(Set(fields).isSuperset(of: ["content-type", "idempotency-key", "traceparent", "x-request-id"]))
        #expect(answer["Access-Control-Max-Age"] == "7200")
        #expect(answer["Vary"] == "Origin")
    }

    @Test(
        "Operators' routes, probes and metrics take no part",
        arguments: [("POST", "/admin/sales"), ("OPTIONS", "/admin/sales"), ("GET", "/metrics"), ("GET", "/health")])
    func operators(method: String, target: String) async throws {
        let wishes = ["Access-Control-Request-Method: POST", "Authorization: Bearer \(TestServer.token)"]
        let answer = try await Self.ask(method, target, from: [Self.shop], wishes)
        #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("access-control") })
    }

    @Test("The operations port takes no part, and by default nobody does")
    func nowhere() async throws {
        let operations = try await Self.ask("GET", "/healthz", from: [Self.shop], ofOperations: true)
        let unknown = try await Self.ask("GET", "/nothing", from: [Self.shop], ofOperations: true)
        let standard = try await Self.ask(from: [Self.shop], allowed: [])
        for answer in [operations, unknown, standard] { #expect(Self.corsFields(answer) == []) }
    }
}
