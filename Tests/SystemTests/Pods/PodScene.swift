// A service over two pods: home, and pod 1 behind a line that can be cut.

import Foundation
import Testing

@testable import DevStack

struct PodScene: Sendable {
    let home: Deployment
    let pod: Deployment
    /// The line from the service to the ledger of pod 1.
    let line: FaultProxy
    let service: ServeProcess

    /// Lends two pods that `flashsale migrate` has prepared, and a service with the shops main and lego.
    static func with(_ body: (PodScene) async throws -> Void) async throws {
        try await Deployment.with { home in
            try await Deployment.with { pod in
                let url = try #require(pod.serviceURL)
                let port = try #require(URL(string: url)?.port)
                let line = try await FaultProxy.start(to: port)
                var settings = Self.settings(home, pod)
                let migration = try ServiceProcess(["migrate"], settings: settings)
                try #require(await migration.end() == 0, "\(migration.errors)")
                settings["FLASHSALE_POD_1_DATABASE_URL"] = url.replacing(":\(port)/", with: ":\(line.port)/")
                settings["FLASHSALE_DATABASE_URL"] = nil
                let service = try await home.serveUnscheduled(settings)
                let scene = PodScene(home: home, pod: pod, line: line, service: service)
                do {
                    try await scene.untilThere()
                    try await body(scene)
                } catch {
                    try? await line.refuse()
                    throw error
                }
                await service.process.stop()
                try await line.refuse()
            }
        }
    }

    private static func settings(_ home: Deployment, _ pod: Deployment) -> [String: String] {
        [
            "FLASHSALE_DATABASE_URL": home.databaseURL, "FLASHSALE_SHOPS": "lego", "FLASHSALE_PODS": "1",
            "FLASHSALE_POD_1_DATABASE_URL": pod.databaseURL, "FLASHSALE_POD_1_REDIS_URL": pod.redisURL,
        ]
    }

    /// Moves the shop lego by the command, and returns what it says.
    func move(to pod: Int) async throws -> String {
        try await run(["shops", "move", "--shop", "lego", "--to", "\(pod)"])
    }

    func list() async throws -> String { try await run(["shops", "list"]) }

    /// Runs a command that has the settings of both pods.
    ///
    /// - Parameter changes: other settings.
    /// - Returns: what it says; if it is to fail, on standard error as well.
    func run(
        _ arguments: [String], _ changes: [String: String] = [:], endingWith expected: Int32 = 0
    ) async throws -> String {
        let command = try ServiceProcess(
            arguments, settings: Self.settings(home, pod).merging(changes) { $1 })
        let status = await command.end()
        #expect(status == expected, "\(arguments): \(command.output)\(command.errors)")
        return expected == 0 ? command.output : command.output + command.errors
    }

    /// Waits until the service has pod 1.
    func untilThere() async throws {
        try await until("pod 1 is there") { try await !readiness().text.contains("pod 1") }
    }

    func readiness() async throws -> HTTPAnswer {
        try await service.ask("GET", "/readyz?verbose", ofOperations: true)
    }

    /// Lets buyers buy the items of sales with these numbers, each one of each sale, and returns both answers.
    func buy(_ items: Range<Int>, of sales: [(shop: String, sale: Int)]) async throws -> [[Int]] {
        try await Crowd.run(items.count * sales.count, width: 16, ports: [service.port]) { connections, number in
            let (shop, sale) = sales[number % sales.count]
            let item = items.lowerBound + number / sales.count
            let cart = try connections[0].send(
                "POST", "/checkout?user_id=buyer-\(item)&id=ITM-\(sale)-\(item)", fields: [("X-Shop-ID", shop)])
            guard let code = cart.code else { return [cart.status] }
            return [cart.status, try connections[0].send("POST", "/purchase?code=\(code)").status]
        }
    }
}
