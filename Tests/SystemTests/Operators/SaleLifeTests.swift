// Operators act on a sale while two instances sell: each act counts at once, and nobody is told for long what was so.

import Foundation
import Synchronization
import Testing

extension SystemTests {
    @Suite("Operators at a sale that is on")
    struct SaleLifeTests {
        /// What a buyer was told, and when.
        private struct Told {
            let sent: ContinuousClock.Instant
            let answered: ContinuousClock.Instant
            let isCheckout: Bool
            let status: Int
            let reason: String?
        }

        /// An act, from before it was sent until its answer was there.
        private struct Act {
            let sent: ContinuousClock.Instant
            let answered: ContinuousClock.Instant
        }

        /// How long after an act an instance may still tell what was so before it.
        private static let belated = Duration.milliseconds(250)
        private static let items = 20_000
        private static let buyers = 8

        @Test("Pause, resume, extend and end count at every instance while it sells, and the audit finds nothing")
        func life() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled()]
                #expect(try await services[0].createSale(items: Self.items, limit: 100) == 1)
                #expect(try await services[1].activeSale() == 1)
                let isOver = Flag()
                async let crowd = Crowd.run(Self.buyers, ports: services.map(\.port)) { connections, number in
                    try Self.shop(over: connections, as: number, until: isOver)
                }
                let acts = try await Self.operate(services)
                isOver.raise()
                let told = try await crowd.flatMap(\.self)
                Self.judge(told, acts)
                #expect(try await deployment.ledger.number("SELECT max(version) FROM sales") == 7)
                #expect(try await deployment.ledger.number("SELECT count(*) FROM sale_events") == 6)
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                for service in services { await service.process.stop() }
            }
        }

        /// Pauses holds, resumes, pauses all, resumes, extends and ends, with half a second between.
        private static func operate(_ services: [ServeProcess]) async throws -> [Act] {
            try await look(at: services)
            var acts: [Act] = []
            let end = Date.now.addingTimeInterval(7_200).formatted(.iso8601)
            for (number, (path, more)) in [
                ("/pause", ""), ("/resume", ""), ("/pause", #","scope":"all""#), ("/resume", ""), ("", ""),
                ("/end", ""),
            ].enumerated() {
                var more = more
                if path.isEmpty { more = #","ended_at":"\#(end)""# }
                let sent = ContinuousClock.now
                let answer = try await services[number % 2].ask(
                    path.isEmpty ? "PATCH" : "POST", "/admin/sales/1\(path)",
                    fields: [
                        ("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json"),
                        ("If-Match", "\"\(number + 1)\""),
                    ], body: #"{"reason":"act \#(number)"\#(more)}"#)
                acts.append(Act(sent: sent, answered: .now))
                #expect(answer.status == 200 && answer["ETag"] == "\"\(number + 2)\"", "\(answer.text)")
                if path.isEmpty {
                    for service in services { try await expect(end, of: service) }
                }
                try await look(at: services)
            }
            return acts
        }

        /// Asks for the sale, for as long as an act needs to show and as long again.
        private static func look(at services: [ServeProcess]) async throws {
            let end = ContinuousClock.now + belated * 2
            while ContinuousClock.now < end {
                for service in services { #expect(try await service.ask("GET", "/sales/1").status == 200) }
            }
        }

        /// Waits until an instance tells the sale's new end.
        private static func expect(_ end: String, of service: ServeProcess) async throws {
            let deadline = ContinuousClock.now + .seconds(5)
            while try await service.ask("GET", "/sales/1").string("ended_at")?.prefix(19) != end.prefix(19) {
                try #require(ContinuousClock.now < deadline, "the later end is not known")
            }
        }

        /// Checks out item after item and buys each cart, at one instance and the other in turn. In the end it buys a
        /// cart that it still holds.
        private static func shop(
            over connections: [HTTPConnection], as buyer: Int, until isOver: Flag
        ) throws -> [Told] {
            var told: [Told] = []
            var codes: [String] = []
            var item = buyer
            while !isOver.isUp || !codes.isEmpty {
                let connection = connections[told.count % 2]
                let isCheckout = !isOver.isUp && (codes.isEmpty || told.count % 3 > 0)
                let sent = ContinuousClock.now
                let answer =
                    if isCheckout {
                        try connection.send(
                            "POST", "/checkout?user_id=buyer-\(buyer)-\(item)&id=ITM-1-\(item % items + 1)")
                    } else {
                        try connection.send("POST", "/purchase?code=\(codes[0])")
                    }
                told.append(
                    Told(
                        sent: sent, answered: .now, isCheckout: isCheckout, status: answer.status, reason: answer.reason
                    ))
                if isCheckout, let code = answer.code { codes.append(code) }
                if isCheckout { item += buyers } else if answer.status == 200 { codes.removeFirst() }
                if isOver.isUp, !isCheckout, answer.status != 200 { break }
            }
            return told
        }

        private static func judge(_ told: [Told], _ acts: [Act]) {
            func between(_ first: Int, _ second: Int, after time: Duration = .zero) -> [Told] {
                told.filter { $0.sent > acts[first].answered + time && $0.answered < acts[second].sent }
            }
            for (first, second, refusesPurchases) in [(0, 1, false), (2, 3, true)] {
                let checkouts = between(first, second).filter(\.isCheckout)
                #expect(!checkouts.isEmpty && checkouts.allSatisfy { $0.reason == "sale_paused" })
                let purchases = between(first, second).filter { !$0.isCheckout }
                #expect(!purchases.isEmpty)
                // A purchase that follows at once on a refused one may find the code still locked.
                let refusals: [String?] = ["sale_paused", "purchase_in_progress"]
                #expect(purchases.allSatisfy { refusesPurchases ? refusals.contains($0.reason) : $0.status == 200 })
            }
            for (first, second) in [(1, 2), (3, 5)] {
                let later = between(first, second, after: belated)
                #expect(!later.isEmpty && later.allSatisfy { $0.status == 200 })
            }
            let last = told.filter { $0.sent > acts[5].answered }
            let (checkouts, purchases) = (last.filter(\.isCheckout), last.filter { !$0.isCheckout })
            #expect(!checkouts.isEmpty && checkouts.allSatisfy { $0.reason == "sale_not_active" })
            #expect(!purchases.isEmpty && purchases.allSatisfy { $0.status == 200 })
        }
    }
}

/// Something that has happened or not.
private final class Flag: Sendable {
    private let state = Atomic(false)

    var isUp: Bool { state.load(ordering: .relaxed) }

    func raise() { state.store(true, ordering: .relaxed) }
}
