// The log lines and metrics of a request.

import FlashSale
import FlashSaleHTTP
import Logging
import Telemetry
import Testing
import Tokens

extension ConnectionTests {
    @Test("Every request leaves one line in the access log, without its query")
    func accessLog() async throws {
        try await TestServer.with { server in
            _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", ["X-Request-Id: r1"])
            _ = try await server.ask("GET", "/orders/secret-code", ["X-Request-Id: r2"])
            await server.logs.ended("r1")
            await server.logs.ended("r2")
            let lines = server.logs.lines.filter { $0.message == "request" }
            #expect(lines.map { $0.metadata["request_id"] } == ["r1", "r2"])
            #expect(lines.map { $0.metadata["path"] } == ["/checkout", "/orders/{code}"])
            #expect(lines.map { $0.metadata["status_code"]?.description } == ["200", "404"])
            #expect(lines.map { $0.metadata["operation"] } == ["checkout", "order"])
            #expect(lines.allSatisfy { $0.metadata["client_ip"] == "127.0.0.1" && $0.metadata["slow"] == nil })
            #expect(lines.allSatisfy { $0.metadata["duration_ms"] != nil && $0.metadata["method"] != nil })
            #expect(lines.map { $0.metadata["user_id"] } == ["ann", nil])
            #expect(!server.logs.lines.contains { "\($0)".contains("secret-code") || "\($0)".contains("ITM-7-1") })
        }
    }

    @Test(
        "A line that is left out leaves nothing in the access log, but that of an answer of 500 and above is kept")
    func sampledLines() async throws {
        try await TestServer.with {
            $0.keepsAllRequestLines = false
            $0.probes = [HealthProbe(.database) { false }]
        } _: { server in
            let well = try await server.ask("GET", "/healthz", ["X-Request-Id: r1"])
            let ill = try await server.ask("GET", "/readyz", ["X-Request-Id: r2"])
            await server.logs.ended("r2")
            #expect(well.status == 200 && ill.status == 503)
            let lines = server.logs.lines.filter { $0.message == "request" }
            #expect(lines.map { $0.metadata["request_id"] } == ["r2"])
        }
    }

    @Test("Without an observer a request is answered, and neither counted nor logged")
    func unobserved() async throws {
        try await TestServer.with {
            $0.isObserving = false
        } _: { server in
            for _ in 1...3 {
                let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
                #expect(answer.status == 200)
            }
            #expect(server.instruments.http.connectionsTotal.value == 0)
            #expect(server.instruments.http.requestsInFlight.value == 0)
            #expect(!server.logs.lines.contains { $0.message == "request" })
        }
    }

    @Test("An order and a sale leave a line for the audit, the order without its code")
    func auditLines() async throws {
        try await TestServer.with { server in
            let code = ScriptedStores.Script.code.description
            _ = try await server.ask("POST", "/purchase?code=\(code)")
            _ = try await server.ask("POST", "/purchase?code=\(code)", ["Idempotency-Key: again"])
            let admin = ["Authorization: Bearer \(TestServer.token)", "Content-Type: application/json"]
            _ = try await server.ask("POST", "/admin/sales", admin, body: #"{"total_items":3}"#)
            let lines = server.logs.lines.filter { $0.metadata["audit"] == "true" }
            #expect(lines.map(\.message) == ["purchase committed", "sale created"], "a replay commits nothing")
            #expect(lines.first?.metadata["checkout_ref"] == "\(SHA2.shortName(of: code))")
            #expect(lines.first?.metadata["items_count"]?.description == "1")
            #expect(!server.logs.lines.contains { "\($0)".contains(code) })
        }
    }

    @Test("A slow request is marked, so that the log keeps its line")
    func slow() async throws {
        try await TestServer.with {
            $0.limits.slowRequest = .zero
        } _: { server in
            _ = try await server.ask("GET", "/healthz", ["X-Request-Id: r1"])
            await server.logs.ended("r1")
            #expect(server.logs.lines.filter { $0.message == "request" }.map { $0.metadata["slow"] } == ["true"])
        }
    }

    @Test("Requests are counted under known routes alone")
    func metrics() async throws {
        try await TestServer.with { server in
            let requests = [
                ("POST", "/checkout?user_id=ann&id=ITM-7-1"), ("POST", "/checkout"),
                ("POST", "/checkout?user_id=ann&id=lamp"), ("GET", "/made/up/by/a/client"),
            ]
            for (number, request) in requests.enumerated() {
                _ = try await server.ask(request.0, request.1, ["X-Request-Id: r\(number)"])
                await server.logs.ended("r\(number)")
            }
            let http = server.instruments.http
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .ok)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .badRequest)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.checkout, .post, .notFound)) == 1)
            #expect(http.requestDurationSeconds.count(RequestLabels(.unknown, .get, .notFound)) == 1)
            #expect(http.responseSizeBytes.count(.checkout) == 3)
            #expect(http.requestTimeToFirstByteSeconds.count(.checkout) == 3)
            #expect(http.requestSizeBytes.count(.post) == 3)
            #expect(http.requestsInFlight.value == 0)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 3)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.validation) == 1)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.itemNotFound) == 1)
        }
    }
}
