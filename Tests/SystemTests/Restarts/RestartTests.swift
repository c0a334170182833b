// A service shuts down while it is busy, and the next one continues its work.

import Testing

@testable import DevStack

extension SystemTests {
    @Suite("A restart")
    struct RestartTests {
        /// The service says for a while that it ends before it does, as in production.
        private static let notice = ["FLASHSALE_DRAIN_SECONDS": "1"]

        @Test("A request that is under way at SIGTERM is answered, while readiness is already off")
        func draining() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(Self.notice)
                let sale = try await service.createSale(items: 1)
                let ready = try await Self.readiness(of: service)
                #expect(ready?.status == 200, "\(ready?.text ?? "nobody listens")")
                async let answer = Self.checkOutBehindALock(service, sale, in: deployment)
                #expect(try await answer.status == 200)
                #expect(try await answer["Connection"]?.lowercased() == "close")
                #expect(await service.process.end() == 0, "\(service.process.errors)")
                #expect(try await deployment.ledger.number("SELECT held FROM buyers") == 1)
                try await deployment.audit()
            }
        }

        @Test("SIGTERM under load loses no answer that was begun, and a new process continues")
        func underLoad() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serve(Self.notice)
                let sale = try await service.activeSale()
                let signal = Countdown(500)
                let ends = try await Crowd.run(4_000, width: 32, ports: [service.port]) { connections, number in
                    if signal.isLast() { service.process.send(.terminate) }
                    return Self.checkOut(number, of: sale, over: connections[0])
                }
                #expect(ends.allSatisfy { $0 != .lost })
                #expect(ends.count { $0 == .held } >= 400)
                #expect(await service.process.end() == 0, "\(service.process.errors)")
                let held = try await deployment.ledger.number("SELECT count(*) FROM holds")
                // A request on a closing connection may have been recorded; an answered one always was.
                let unanswered = ends.count { $0 == .unanswered }
                #expect((0...unanswered).contains(held - ends.count { $0 == .held }))

                let next = try await deployment.serve()
                #expect(try await next.activeSale() == sale)
                let answers = try await Crowd.run(100, ports: [next.port]) { connections, number in
                    try Shopper(4_000 + number, in: sale).checkOutAndPurchase(over: connections)
                }
                #expect(answers.allSatisfy { $0 == [200, 200] })
                #expect(try await deployment.ledger.contradictions == 0)
                try await deployment.audit()
                await next.process.stop()
            }
        }

        /// The outcome of a checkout during the shutdown.
        private enum End: Hashable, Sendable {
            case held
            /// A documented 503, or a refused connection.
            case refused
            /// The connection was closed before the answer began, as a server may do with one that was idle.
            case unanswered
            /// The answer broke off, or was something else.
            case lost
        }

        private static func checkOut(_ number: Int, of sale: Int, over connection: HTTPConnection) -> End {
            let wasReused = connection.isReused
            do throws(HTTPFailure) {
                let target = "/checkout?user_id=buyer-\(number)&id=ITM-\(sale)-\(number + 1)"
                let answer = try connection.send("POST", target)
                if answer.status == 200 { return .held }
                return answer.status == 503 && answer.reason == "draining" ? .refused : .lost
            } catch {
                switch error {
                case .refused: return .refused
                case .closed: return wasReused ? .unanswered : .refused
                case .broken: return .lost
                }
            }
        }

        /// Lets a checkout wait for the sale's lock, ends the service meanwhile, and releases the lock only once the
        /// service is not ready.
        private static func checkOutBehindALock(
            _ service: ServeProcess, _ sale: Int, in deployment: Deployment
        ) async throws -> HTTPAnswer {
            try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                try await deployment.ledger.withSaleBlocked(sale) {
                    group.addTask { try await service.ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-1") }
                    try await until("the checkout waits for the lock") {
                        try await deployment.ledger.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0
                    }
                    service.process.send(.terminate)
                    try await until("readiness is off") {
                        try await readiness(of: service)?.status == 503
                    }
                }
                return try #require(try await group.next())
            }
        }

        /// The answer of the probe; nil once the port is closed.
        private static func readiness(of service: ServeProcess) async throws -> HTTPAnswer? {
            try await Crowd.run(1, ports: [service.operationsPort]) { connections, _ in
                try? connections[0].send("GET", "/readyz")
            }[0]
        }
    }
}
