// Compares the API's description with the service's answers: every operation, every status, both ways.

import FlashSale
import FlashSaleHTTP
import NIOCore
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The API's description")
struct OpenAPITests {
    /// A request, the set-up of the stores before it, and the place of its answer in the description.
    struct Case: Sendable, CustomStringConvertible {
        let method: String
        let target: String
        let template: String
        let status: Int
        var fields: [String] = []
        var body: String?
        /// Whether it is sent to the port for operations.
        var isOfOperations = false
        var setup: @Sendable (inout TestServer.Setup) -> Void = { _ in }

        var description: String { "\(method) \(target) \(status)" }
    }

    static let code = ScriptedStores.Script.code.description
    static let json = "Content-Type: application/json"
    static let admin = "Authorization: Bearer \(TestServer.token)"

    /// A request that succeeds, for every operation.
    static let successes = serving + managing + watched + shown + operated

    private static let serving = [
        Case(method: "POST", target: "/checkout?user_id=ann&id=ITM-7-1", template: "/checkout", status: 200),
        Case(method: "DELETE", target: "/checkout?code=\(code)", template: "/checkout", status: 200),
        Case(method: "POST", target: "/purchase?code=\(code)", template: "/purchase", status: 200),
        Case(method: "GET", target: "/orders/\(code)", template: "/orders/{code}", status: 200),
        Case(method: "GET", target: "/sales/active", template: "/sales/active", status: 200),
        Case(method: "GET", target: "/sales/7", template: "/sales/{id}", status: 200),
        Case(method: "GET", target: "/sales/7/items?limit=3", template: "/sales/{id}/items", status: 200),
        Case(
            method: "GET", target: "/sales/7/queue", template: "/sales/{id}/queue", status: 200,
            setup: { $0.script.queue = ScriptedStores.Script.line(called: 100) }),
        Case(
            method: "POST", target: "/sales/7/queue?user_id=ann", template: "/sales/{id}/queue", status: 200,
            setup: { $0.script.queue = ScriptedStores.Script.line(called: 100) }),
        Case(
            method: "POST", target: "/admin/sales", template: "/admin/sales", status: 201, fields: [admin, json],
            body: #"{"total_items":5}"#
        ),
        Case(method: "GET", target: "/images/7/1.svg", template: "/images/{sale}/{number}.svg", status: 200),
        Case(method: "GET", target: "/health", template: "/health", status: 200),
        Case(method: "GET", target: "/healthz", template: "/healthz", status: 200),
        Case(method: "GET", target: "/readyz", template: "/readyz", status: 200),
        Case(
            method: "GET", target: "/metrics", template: "/metrics", status: 200,
            setup: { $0.servesMetricsOnAPI = true }),
        Case(method: "GET", target: "/openapi.json", template: "/openapi.json", status: 200),
    ]

    static let refusals = refusing + unmanaged + unwatched + unshown + unoperated

    private static let refusing: [Case] = [
        Case(method: "POST", target: "/checkout", template: "/checkout", status: 400),
        Case(method: "POST", target: "/checkout?user_id=a&id=x", template: "/checkout", status: 404),
        refused("POST", "/checkout?user_id=a&id=ITM-7-1", 409) { $0.record = { _ in .noneFree } },
        refused("POST", "/checkout?user_id=a&id=ITM-7-1", 422) { $0.record = { _ in .idempotencyKeyReused } },
        Case(method: "DELETE", target: "/checkout", template: "/checkout", status: 400),
        Case(method: "DELETE", target: "/checkout?code=x", template: "/checkout", status: 404),
        refused("DELETE", "/checkout?code=\(code)", 409) {
            $0.release = { _, _ in .alreadyProcessed(ScriptedStores.Script.order) }
        },
        refused("DELETE", "/checkout?code=\(code)", 410) { $0.release = { _, _ in .expired } },
        Case(method: "POST", target: "/purchase", template: "/purchase", status: 400),
        Case(method: "POST", target: "/purchase?code=x", template: "/purchase", status: 404),
        refused("POST", "/purchase?code=\(code)", 409) { script in
            script.sell = { _ in .alreadyProcessed(ScriptedStores.Script.order, isReplay: false) }
        },
        refused("POST", "/purchase?code=\(code)", 410) { $0.sell = { _ in .expired } },
        Case(method: "GET", target: "/orders/%00", template: "/orders/{code}", status: 400),
        Case(method: "GET", target: "/orders/x", template: "/orders/{code}", status: 404),
        Case(
            method: "GET", target: "/sales/active", template: "/sales/active", status: 404,
            setup: { $0.script.hasSale = false }),
        Case(
            method: "GET", target: "/sales/active", template: "/sales/active", status: 400,
            fields: ["X-Shop-ID: Lego"]),
        Case(method: "GET", target: "/sales/%", template: "/sales/{id}", status: 400),
        Case(method: "GET", target: "/sales/9", template: "/sales/{id}", status: 404),
        Case(method: "GET", target: "/sales/7/items?limit=0", template: "/sales/{id}/items", status: 400),
        Case(method: "GET", target: "/sales/9/items", template: "/sales/{id}/items", status: 404),
        Case(
            method: "GET", target: "/sales/7/items", template: "/sales/{id}/items", status: 304,
            fields: ["If-None-Match: *"]
        ),
        Case(method: "GET", target: "/sales/%/queue", template: "/sales/{id}/queue", status: 400),
        Case(method: "GET", target: "/sales/7/queue", template: "/sales/{id}/queue", status: 404),
        Case(method: "POST", target: "/sales/7/queue", template: "/sales/{id}/queue", status: 400),
        Case(method: "POST", target: "/sales/7/queue?user_id=ann", template: "/sales/{id}/queue", status: 404),
        Case(method: "POST", target: "/admin/sales", template: "/admin/sales", status: 401),
        Case(
            method: "POST", target: "/admin/sales", template: "/admin/sales", status: 403,
            fields: ["Authorization: Bearer guess"]
        ),
        Case(method: "POST", target: "/admin/sales", template: "/admin/sales", status: 400, fields: [admin]),
        Case(
            method: "POST", target: "/admin/sales", template: "/admin/sales", status: 409, fields: [admin, json],
            body: #"{"total_items":5}"#, setup: { $0.script.created = { _ in .overlaps } }
        ),
        Case(method: "GET", target: "/images/7/x.svg", template: "/images/{sale}/{number}.svg", status: 404),
        Case(
            method: "GET", target: "/images/7/1.svg", template: "/images/{sale}/{number}.svg", status: 304,
            fields: ["If-None-Match: *"]
        ),
        Case(method: "GET", target: "/metrics", template: "/metrics", status: 404),
        Case(
            method: "GET", target: "/openapi.json", template: "/openapi.json", status: 304,
            fields: ["If-None-Match: W/\"1\", *"]
        ),
        Case(
            method: "GET", target: "/health", template: "/health", status: 503,
            setup: { $0.probes = [HealthProbe(.redis) { false }] }
        ),
        Case(
            method: "GET", target: "/readyz", template: "/readyz", status: 503,
            setup: { $0.probes = [HealthProbe(.database) { false }] }
        ),
        Case(method: "GET", target: "/healthz", template: "/healthz", status: 500, setup: { $0.isAlive = false }),
    ]

    /// Refusals that any operation can give: too large, a wrong method, a failed store.
    static let faults = successes.flatMap { success in
        var cases = [
            success.changed(413, fields: ["Content-Length: 99999"], body: nil),
            success.changed(431, fields: ["X-Long: \(String(repeating: "a", count: 20_000))"], body: nil),
        ]
        if success.takesJSON {
            cases.append(success.changed(415, fields: [admin, "Content-Type: text/plain"], body: "hello"))
        }
        if success.asksStores {
            cases.append(
                success.changed(500, fields: success.fields, body: success.body) { $0.script.failure = .internal })
        }
        return cases
    }

    private static func refused(
        _ method: String, _ target: String, _ status: Int,
        _ change: @escaping @Sendable (inout ScriptedStores.Script) -> Void
    ) -> Case {
        let template = String(target.prefix { $0 != "?" })
        return Case(method: method, target: target, template: template, status: status, setup: { change(&$0.script) })
    }

    @Test("An answer is as the description says", arguments: successes + refusals + faults + unproven)
    func answer(_ test: Case) async throws {
        let answer = try await TestServer.with(test.setup) {
            try await $0.ask(
                test.method, test.target, test.fields, body: test.body, ofOperations: test.isOfOperations)
        }
        #expect(answer.status == test.status)
        try check(answer, of: test)
    }

    @Test("A wrong method is refused as the description says", arguments: successes)
    func wrongMethod(_ success: Case) async throws {
        let answer = try await TestServer.with(success.setup) {
            try await $0.ask("TRACE", success.target, ofOperations: success.isOfOperations)
        }
        try check(answer, of: success.changed(405, fields: [], body: nil))
    }

    @Test("An overloaded service answers as the description says", arguments: successes.filter { !$0.isProbe })
    func overloaded(_ success: Case) async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let (held, release) = AsyncStream<Void>.makeStream()
        let answer = try await TestServer.with { setup in
            setup.limits.requestsInFlight = 1
            setup.script.record = { _ in
                arrival.finish()
                for await _ in held {}
                throw CancellationError()
            }
        } _: { server in
            // The server need not wait for it when it ends.
            defer { release.finish() }
            return try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(ConnectionTests.checkout + "\r\n")
                for await _ in arrived {}
                return try await server.ask(success.method, success.target, success.fields, body: success.body)
            }
        }
        try check(answer, of: success.changed(503, fields: [], body: nil))
    }

    /// The operations that count towards the rate of a buyer.
    static let rated = successes.filter {
        ["/checkout", "/purchase", "/sales/{id}/queue"].contains($0.template) && $0.method != "GET"
    }

    @Test("A buyer above the rate is answered as the description says", arguments: rated)
    func tooOften(_ success: Case) async throws {
        let answer = try await TestServer.with {
            success.setup(&$0)
            $0.limits.buyerRequestsPerSecond = 1
            $0.limits.buyerRequestsBurst = 1
        } _: { server in
            _ = try await server.ask(success.method, success.target)
            return try await server.ask(success.method, success.target)
        }
        try check(answer, of: success.changed(429, fields: [], body: nil))
    }

    /// The operations that a guess of the admin token counts towards.
    static let guarded = successes.filter { $0.template.hasPrefix("/admin/") }

    @Test("A network with too many wrong tokens is answered as the description says", arguments: guarded)
    func tooManyGuesses(_ success: Case) async throws {
        let answer = try await TestServer.with {
            $0.limits.tokenGuessesBurst = 1
        } _: { server in
            _ = try await server.ask(success.method, success.target, ["Authorization: Bearer guess"])
            return try await server.ask(success.method, success.target, success.fields, body: success.body)
        }
        try check(answer, of: success.changed(429, fields: [], body: nil))
    }

    @Test("A test gets every status of the description")
    func completeness() throws {
        let described = try Self.description()["paths"]?.members.flatMap { path, operations in
            operations.members.flatMap { method, operation in
                (operation["responses"]?.members ?? [:]).map { "\(method.uppercased()) \(path) \($0.key)" }
            }
        }
        let answered =
            (Self.successes + Self.refusals + Self.faults + Self.unproven + Self.distrusted).map(\.place)
            + Self.successes.map { $0.changed(405, fields: [], body: nil).place }
            + (Self.rated + Self.guarded + Self.watched).map { $0.changed(429, fields: [], body: nil).place }
            + Self.successes.filter { !$0.isProbe }.map { $0.changed(503, fields: [], body: nil).place }
        #expect(Set(described ?? []) == Set(answered))
    }

    @Test("Every reason that a client can get is in the description")
    func reasons() throws {
        let codes = try Self.description()["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["enum"]
        let reasons = Reason.allCases.filter { $0 != .clientClosed }.map(\.rawValue) + ["not_found"]
        guard case .array(let values)? = codes else {
            Issue.record("the description has no list of codes")
            return
        }
        #expect(values.count == reasons.count)
        for reason in reasons { #expect(values.contains(.string(reason))) }
    }

    static func description() throws -> JSONValue {
        try JSONValue(parsing: OpenAPI.answer.body.readableBytesView, depth: 32)
    }

    func check(_ answer: RawAnswer, of test: Case) throws {
        let schema = JSONSchema(document: try Self.description())
        let operation = schema.document["paths"]?[test.template]?[test.method.lowercased()]
        let response = schema.resolved(try #require(operation?["responses"]?[String(answer.status)]))
        #expect(answer.status == test.status)
        #expect(schema.problems(of: answer.fields, with: response["headers"]?.members ?? [:]) == [])
        guard let content = response["content"] else {
            #expect(answer.body.isEmpty)
            return
        }
        let type = try #require(answer["Content-Type"]).prefix { $0 != ";" }
        let described = try #require(content[String(type)])
        guard type.hasSuffix("json") else { return }
        let body = try JSONValue(parsing: answer.body, depth: 32)
        #expect(schema.problems(of: body, with: try #require(described["schema"])) == [])
    }
}
