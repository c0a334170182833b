// A sale with a waiting room, and buyers in its line, over one or more real services.

import Foundation
import Synchronization
import Testing

/// What a test asks of a line.
struct RoomScene: Sendable {
    let deployment: Deployment
    let sale: Int
    let startsAt: Date

    /// Creates a sale that starts in so many seconds, and whose waiting room is open.
    init(_ deployment: Deployment, at service: ServeProcess, units: Int, startsIn seconds: Double) async throws {
        startsAt = Date.now.addingTimeInterval(seconds)
        let start = startsAt.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let answer = try await service.ask(
            "POST", "/admin/sales",
            fields: [("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json")],
            body: """
                {"total_items":1,"stock_per_item":\(units),"max_items_per_user":1,"started_at":"\(start)",
                "waiting_room":"on","gather_seconds":600}
                """)
        try #require(answer.status == 201, "\(answer.text)")
        let data = try #require(answer.json["data"] as? [String: Any])
        self.deployment = deployment
        sale = try #require((data["id"] as? String).flatMap { Int($0) })
    }

    /// How the line stands, as a service says.
    func line(at service: ServeProcess) async throws -> [String: Any] {
        try await service.ask("GET", "/sales/\(sale)/queue").json
    }

    func called(at service: ServeProcess) async throws -> Int {
        try await line(at: service)["called"] as? Int ?? 0
    }

    /// A buyer joins, or asks with its ticket.
    func knock(_ buyer: String, _ ticket: String? = nil, at service: ServeProcess) async throws -> HTTPAnswer {
        try await service.ask(
            "POST", "/sales/\(sale)/queue?user_id=\(buyer)", fields: ticket.map { [("Queue-Ticket", $0)] } ?? [])
    }

    /// So many buyers join, one after another at each of the services, and their tickets.
    func join(_ count: Int, named prefix: String, at services: [ServeProcess]) async throws -> [String: String] {
        let target = "/sales/\(sale)/queue?user_id=\(prefix)-"
        let answers = try await Crowd.run(count, width: 16, ports: services.map(\.port)) { connections, number in
            try connections[number % connections.count].sendUntilLetIn("POST", "\(target)\(number)")
        }
        return Dictionary(
            uniqueKeysWithValues: try answers.enumerated().map { number, answer in
                ("\(prefix)-\(number)", try #require(answer.string("ticket"), "\(answer.text)"))
            })
    }

    /// A buyer tries to check out, with a ticket or without.
    func checkOut(_ buyer: String, _ ticket: String?, at service: ServeProcess) async throws -> HTTPAnswer {
        try await service.ask(
            "POST", "/checkout?user_id=\(buyer)&id=ITM-\(sale)-1",
            fields: ticket.map { [("Queue-Ticket", $0)] } ?? [])
    }

    /// Returns as soon as the sale starts by this machine's clock.
    func untilItStarts() async {
        while startsAt > .now { await Task.yield() }
    }

    /// Returns once the sale has been on for a second.
    func untilItIsOn(at service: ServeProcess) async throws {
        try await until("the sale is on") {
            _ = try await line(at: service)
            return startsAt.timeIntervalSinceNow < -1
        }
    }

    /// Every buyer tries to check out, again and again while it has to wait, until a second after so many have done it.
    ///
    /// - Returns: how often each status came.
    func rush(
        _ tickets: [String: String], at services: [ServeProcess], until count: Int
    ) async throws -> [Int: Int] {
        let (sale, buyers) = (sale, tickets.sorted { $0.key < $1.key })
        let rush = Mutex((left: count, end: ContinuousClock.now + ServiceProcess.patience))
        let statuses = try await Crowd.run(buyers.count, width: 16, ports: services.map(\.port)) {
            connections, number in
            let (buyer, ticket) = buyers[number]
            var last = 0
            while ContinuousClock.now < rush.withLock({ $0.end }) {
                let connection = connections[number % connections.count]
                let target = "/checkout?user_id=\(buyer)&id=ITM-\(sale)-1"
                guard let answer = try? connection.send("POST", target, fields: [("Queue-Ticket", ticket)]) else {
                    continue
                }
                last = answer.status
                if answer.status == 200 {
                    rush.withLock { rush in
                        rush.left -= 1
                        if rush.left == 0 { rush.end = .now + .seconds(1) }
                    }
                }
                if answer.status != 429, answer.status != 503 { break }
            }
            return last
        }
        return statuses.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    func untilCalled(past number: Int, at service: ServeProcess, _ what: String) async throws {
        try await until(what) { try await called(at: service) > number }
    }
}
