// The console over two instances: a session of one counts at the other, a form acts once wherever it is sent, and a
// board names the instances and the holders of duties.

import Foundation
import Testing

extension SystemTests {
    @Suite("The console over several instances")
    struct ConsoleTests {
        private static let form = [
            ("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"),
        ]

        private static func post(
            _ path: String, _ body: String, _ fields: [(String, String)] = [], to service: ServeProcess
        ) async throws -> HTTPAnswer {
            try await service.ask(
                "POST", "/console/\(path)", fields: form + fields, body: body, ofOperations: true)
        }

        @Test("A form that is sent to both acts once, and a board names both and who has which duty")
        func instances() async throws {
            try await Deployment.with { deployment in
                let services = [try await deployment.serveUnscheduled(), try await deployment.serveUnscheduled()]
                let sale = try await services[0].createSale(items: 4)
                let signedIn = try await Self.post("sign-in", "token=\(Deployment.adminToken)", to: services[0])
                let cookie = try #require(signedIn["Set-Cookie"]).prefix { $0 != ";" }
                let session = [("Cookie", String(cookie))]

                async let first = Self.post(
                    "sales/\(sale)/pause", "version=1&key=k1&reason=late", session, to: services[0])
                async let second = Self.post(
                    "sales/\(sale)/pause", "version=1&key=k1&reason=late", session, to: services[1])
                let places = try await [first, second].map { $0["Location"] ?? "" }
                #expect(places.sorted() == ["", ".again"].map { "/console/sales/\(sale)?notice=pause\($0)" })
                let changes = "SELECT version FROM sale_events WHERE act = 'pause_holds' AND actor = 'admin'"
                #expect(try await deployment.ledger.numbers(changes) == [2])
                let stale = try await Self.post(
                    "sales/\(sale)/resume", "version=1&key=k2&reason=here", session, to: services[1])
                #expect(stale["Location"] == "/console/sales/\(sale)?notice=stale")

                let names = try services.map { ".\(try #require($0.process.id))</th>" }
                let end = ContinuousClock.now + ServiceProcess.patience
                var board = ""
                repeat {
                    board = try await services[1].ask(
                        "GET", "/console/sales/\(sale)", fields: session, ofOperations: true
                    ).text
                } while board.matches(of: /nobody now/).count != 1 && .now < end
                // Nobody schedules sales here.
                #expect(board.matches(of: /nobody now/).count == 1)
                for name in names { #expect(board.contains(name), "\(name)") }
                for service in services { await service.process.stop() }
            }
        }
    }
}
