// A running `flashsale serve`, with its ports, probes and metrics.

import Foundation
import Testing

struct ServeProcess: Sendable {
    let process: ServiceProcess
    /// The port of the API.
    let port: Int
    /// The port of metrics and probes.
    let operationsPort: Int

    /// Starts a process on free ports and returns once it listens.
    init(
        _ settings: [String: String], within bounds: ServiceProcess.Bounds = .init(),
        shell: String = ServiceProcess.plainShell
    ) async throws {
        let ports = ["FLASHSALE_HTTP_HOST": "127.0.0.1", "FLASHSALE_HTTP_PORT": "0", "FLASHSALE_OPS_PORT": "0"]
        let process = try ServiceProcess(
            ["serve"], settings: ports.merging(settings) { $1 }, within: bounds, shell: shell)
        let line: [String: Any] = try await eventually("the service listens") {
            try #require(!process.hasEnded, "the service ended while it started: \(process.errors)")
            return Self.logLines(process).first { $0["message"] as? String == "listening" }
        }
        self.process = process
        port = try #require(Self.number(line["api_port"]))
        operationsPort = try #require(Self.number(line["ops_port"]))
    }

    /// One request on a connection of its own.
    func ask(
        _ method: String, _ target: String, fields: [(String, String)] = [], body: String? = nil,
        ofOperations: Bool = false
    ) async throws -> HTTPAnswer {
        let bytes = body.map { Array($0.utf8) }
        return try await Crowd.run(1, ports: [ofOperations ? operationsPort : port]) { connections, _ in
            try connections[0].send(method, target, fields: fields, body: bytes)
        }[0]
    }

    /// Waits for a sale of a shop to be on, and returns its number.
    func activeSale(in shop: String = "main") async throws -> Int {
        let port = port
        return try await Crowd.run(1, ports: [port]) { connections, _ in
            let end = ContinuousClock.now + ServiceProcess.patience
            while ContinuousClock.now < end {
                let answer = try connections[0].send("GET", "/sales/active", fields: [("X-Shop-ID", shop)])
                if answer.status == 200, let sale = answer.string("id").flatMap({ Int($0) }) { return sale }
            }
            throw HTTPFailure.broken("no sale is active")
        }[0]
    }

    /// Creates a sale that is on from now for an hour, and returns its number.
    func createSale(
        items: Int, stock: Int = 1, limit: Int = 10, endingAt end: String? = nil, shop: String = "main"
    ) async throws -> Int {
        let answer = try await ask(
            "POST", "/admin/sales",
            fields: [("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json")],
            body:
                #"{"shop":"\#(shop)","total_items":\#(items),"stock_per_item":\#(stock),"max_items_per_user":\#(limit)"#
                + (end.map { #","ended_at":"\#($0)"}"# } ?? "}"))
        #expect(answer.status == 201, "\(answer.text)")
        let active = try await activeSale(in: shop)
        let data = answer.json["data"] as? [String: Any]
        #expect(data?["id"] as? String == String(active))
        return active
    }

    /// A buyer buys items of sale 1; the code of the order.
    func buy(_ buyer: String, items: [Int]) async throws -> String {
        var code: String?
        for item in items {
            let cart = try await ask("POST", "/checkout?user_id=\(buyer)&id=ITM-1-\(item)")
            code = try #require(cart.code, "\(cart.text)")
        }
        let bought = try #require(code)
        let order = try await ask("POST", "/purchase?code=\(bought)")
        #expect(order.status == 200, "\(order.text)")
        return bought
    }

    /// Whether its readiness probe says that it is ready.
    func isReady() async throws -> Bool {
        try await Crowd.run(1, ports: [operationsPort]) { connections, _ in
            try connections[0].send("GET", "/readyz").status == 200
        }[0]
    }

    /// The metrics at this moment.
    func metrics() async throws -> Metrics {
        try await Crowd.run(1, ports: [operationsPort]) { connections, _ in
            Metrics(try connections[0].send("GET", "/metrics").text)
        }[0]
    }

    /// The page of metrics as OpenMetrics, the only format with exemplars.
    func openMetrics() async throws -> String {
        let accept = ("Accept", "application/openmetrics-text; version=1.0.0")
        return try await Crowd.run(1, ports: [operationsPort]) { connections, _ in
            try connections[0].send("GET", "/metrics", fields: [accept]).text
        }[0]
    }

    private static func logLines(_ process: ServiceProcess) -> [[String: Any]] {
        (process.output + process.errors).split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }
    }

    private static func number(_ value: Any?) -> Int? {
        (value as? Int) ?? (value as? String).flatMap { Int($0) }
    }
}
