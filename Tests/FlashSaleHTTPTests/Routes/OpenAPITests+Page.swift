// The requests of browsers, and those that the port for operations alone takes.

import BuyerPage
import Discovery
import FlashSaleHTTP
import Telemetry

extension OpenAPITests {
    private static let form = PageRoutesTests.form
    private static let foreign = [form[0], "Sec-Fetch-Site: cross-site"]
    private static let receipt = "/receipt/\(code)"

    static let shown = [
        Case(
            method: "POST", target: "/session", template: "/session", status: 204, fields: [TestTokens.field("ann")],
            setup: { $0.identity = TestTokens.required() }),
        Case(
            method: "DELETE", target: "/session", template: "/session", status: 204,
            fields: ["Sec-Fetch-Site: same-origin"], setup: { $0.identity = TestTokens.required() }),
        Case(method: "GET", target: "/", template: "/", status: 200),
        Case(method: "GET", target: receipt, template: "/receipt/{code}", status: 200),
        Case(method: "GET", target: PageAsset.style.path, template: "/assets/{name}", status: 200),
        Case(method: "GET", target: PageAsset.script.path, template: "/assets/{name}", status: 200),
        Case(method: "GET", target: PageAsset.icon.path, template: "/assets/{name}", status: 200),
        act("join", "id=7") { $0.script.queue = ScriptedStores.Script.line(called: 100) },
        act("checkout", "id=ITM-7-1&key=k"), act("cancel", "id=ITM-7-1&code=\(code)"),
        act("purchase", "code=\(code)&key=k"),
    ]

    static let unshown = [
        Case(
            method: "POST", target: "/session", template: "/session", status: 400,
            fields: [TestTokens.field("ann", scope: String(repeating: "x", count: 6_000))],
            setup: { $0.identity = TestTokens.required() }),
        Case(
            method: "POST", target: "/session", template: "/session", status: 401,
            setup: { $0.identity = TestTokens.required() }),
        Case(
            method: "POST", target: "/session", template: "/session", status: 303, fields: form, body: "user_id=ann",
            setup: { $0.identity = TestTokens.required(signsAnybodyIn: true) }),
        Case(
            method: "POST", target: "/session", template: "/session", status: 403, fields: foreign,
            body: "user_id=ann", setup: { $0.identity = TestTokens.required(signsAnybodyIn: true) }),
        Case(method: "POST", target: "/session", template: "/session", status: 404),
        Case(
            method: "DELETE", target: "/session", template: "/session", status: 403,
            setup: { $0.identity = TestTokens.required() }),
        Case(method: "DELETE", target: "/session", template: "/session", status: 404),
        Case(method: "GET", target: "/", template: "/", status: 400, fields: ["X-Shop-ID: Lego"]),
        Case(method: "GET", target: "/", template: "/", status: 404, fields: ["X-Shop-ID: bricks"]),
        Case(
            method: "GET", target: receipt, template: "/receipt/{code}", status: 401,
            setup: { $0.identity = TestTokens.required() }),
        Case(method: "GET", target: "/receipt/x", template: "/receipt/{code}", status: 404),
        Case(
            method: "GET", target: PageAsset.style.path, template: "/assets/{name}", status: 304,
            fields: ["If-None-Match: *"]),
        Case(method: "GET", target: "/assets/page.0.css", template: "/assets/{name}", status: 404),
        Case(
            method: "POST", target: "/act/purchase", template: "/act/{act}", status: 403, fields: foreign,
            body: "code=\(code)&key=k"),
    ]

    private static func act(
        _ name: String, _ body: String, _ setup: @escaping @Sendable (inout TestServer.Setup) -> Void = { _ in }
    ) -> Case {
        Case(
            method: "POST", target: "/act/\(name)", template: "/act/{act}", status: 303,
            fields: form + ["Cookie: flashsale-buyer=ann"], body: body, setup: setup)
    }

    static let operated = [
        operation("GET", "/registry/instances"), operation("GET", "/sd/prometheus"),
        operation("GET", "/debug/loglevel"), operation("PUT", "/debug/loglevel", body: "debug"),
        operation("GET", "/debug/pprof/heap", "/debug/pprof/{name}") { $0.profile = { _ in said(200, "heap.pb.gz") } },
    ]

    static let unoperated: [Case] =
        [
            Case(
                method: "GET", target: "/metrics", template: "/metrics", status: 503,
                setup: {
                    $0.servesMetricsOnAPI = true
                    $0.exposition = { _ in nil }
                }),
            operation("GET", "/sd/prometheus", status: 503) { $0.registry = InstanceList(registry: "etcd", age: nil) },
            operation("PUT", "/debug/loglevel", status: 400, body: "loud"),
        ]
        + unprofiled + unguarded

    private static let unprofiled = [400, 404, 409, 503].map { status in
        operation("GET", "/debug/pprof/heap", "/debug/pprof/{name}", status: status) {
            $0.profile = { _ in said(status) }
        }
    }

    /// Where others can connect, some of it is for operators alone.
    private static let unguarded = operated.filter { $0.template.hasPrefix("/debug/") }.flatMap { success in
        [
            success.changed(401, fields: [], body: success.body, beyondLoopback),
            success.changed(403, fields: ["Authorization: Bearer guess"], body: success.body, beyondLoopback),
        ]
    }

    private static let beyondLoopback: @Sendable (inout TestServer.Setup) -> Void = { setup in
        setup.configure = { $0.operations.host = "0.0.0.0" }
    }

    private static func operation(
        _ method: String, _ target: String, _ template: String? = nil, status: Int = 200, body: String? = nil,
        _ setup: @escaping @Sendable (inout TestServer.Setup) -> Void = { _ in }
    ) -> Case {
        Case(
            method: method, target: target, template: template ?? target, status: status, body: body,
            isOfOperations: true, setup: setup)
    }

    private static func said(_ status: Int, _ file: String? = nil) -> DebugAnswer {
        DebugAnswer(
            status: status, contentType: file == nil ? "text/plain; charset=utf-8" : "application/octet-stream",
            fileName: file, body: [])
    }
}
