// What a stranger, a buyer, another buyer and an operator may do, route by route, against real stores.

import Foundation
import Testing

extension SystemTests {
    @Suite("Route by role by ownership")
    struct IdentityMatrixTests {
        private static let secret = "a-shared-secret-of-the-system-tests"

        /// Roles in the order of the columns. The owner comes last, because it alone changes what it owns.
        private static let roles = ["nobody", "forger", "bob", "operate", "admin", "admin token", "ann"]

        /// A request, and the status that each role must get. `{n}` is an item of its own, `{code}` ann's code.
        private static let matrix: [(request: String, statuses: [Int])] = [
            ("GET /sales/active", [200, 200, 200, 200, 200, 200, 200]),
            ("POST /checkout?id=ITM-1-{n}", [401, 401, 200, 200, 200, 401, 200]),
            ("POST /checkout?id=ITM-1-{n}&user_id=ann", [401, 401, 403, 403, 403, 401, 200]),
            ("DELETE /checkout?code={code}&id=ITM-1-1", [401, 401, 404, 404, 404, 401, 200]),
            ("POST /purchase?code={code}", [401, 401, 404, 404, 404, 401, 200]),
            ("POST /purchase?code={code}", [401, 401, 404, 404, 404, 401, 409]),
            ("DELETE /checkout?code={code}", [401, 401, 404, 404, 404, 401, 409]),
            ("GET /orders/{code}", [401, 401, 404, 404, 404, 401, 200]),
            ("POST /admin/orders/{code}/refund", [401, 401, 403, 403, 200, 409, 403]),
            // It overlaps: whoever hears that may create sales.
            ("POST /admin/sales", [401, 401, 403, 403, 409, 409, 403]),
            ("GET /admin/sales/1", [401, 401, 403, 200, 200, 200, 403]),
            ("GET /admin/sales/1/log", [401, 401, 403, 200, 200, 200, 403]),
            ("POST /admin/sales/1/pause", [401, 401, 403, 200, 200, 200, 403]),
            ("POST /admin/sales/1/resume", [401, 401, 403, 200, 200, 200, 403]),
            ("POST /admin/sales/1/end", [401, 401, 403, 403, 200, 400, 403]),
        ]

        @Test("Each role may do what it may, and a made-up name holds nothing")
        func matrix() async throws {
            let settings = ["FLASHSALE_IDENTITY": "required", "FLASHSALE_IDENTITY_SECRET": Self.secret]
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(settings)
                _ = try await service.createSale(items: 100)
                var tokens: [String: String] = ["forger": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.AA"]
                tokens["admin token"] = Deployment.adminToken
                for name in ["ann", "bob", "operate", "admin"] {
                    tokens[name] = try await Self.token(name, settings)
                }
                let first = try await Self.ask(service, "POST /checkout?id=ITM-1-1", tokens["ann"])
                let code = try #require(first.string("code"))
                var item = 1
                var table = "| request | \(Self.roles.joined(separator: " | ")) |\n"
                for (request, expected) in Self.matrix {
                    var statuses: [Int] = []
                    for role in Self.roles {
                        item += 1
                        let target = request.replacing("{n}", with: "\(item)").replacing("{code}", with: code)
                        let answer = try await Self.ask(service, target, tokens[role])
                        statuses.append(answer.status)
                        #expect(role == "ann" || !answer.text.contains(code), "\(request) tells \(role) the code")
                    }
                    #expect(statuses == expected, "\(request)")
                    table += "| \(request) | \(statuses.map(String.init).joined(separator: " | ")) |\n"
                }
                print(table)
                let strangers = try await deployment.ledger.number(
                    "SELECT count(*) FROM buyers WHERE user_id NOT IN ('ann', 'bob', 'operate', 'admin')")
                #expect(strangers == 0)
                try await deployment.audit()
                #expect(!(service.process.output + service.process.errors).contains(Self.secret))
                await service.process.stop()
            }
        }

        /// Prints a token by the command that shops use.
        private static func token(_ name: String, _ settings: [String: String]) async throws -> String {
            let scope = ["operate", "admin"].contains(name) ? ["--scope", name] : []
            let process = try ServiceProcess(["token", "--buyer", name] + scope, settings: settings)
            let status = await process.end()
            try #require(status == 0, "\(process.errors)")
            return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private static func ask(_ service: ServeProcess, _ request: String, _ token: String?) async throws -> HTTPAnswer
        {
            let parts = request.split(separator: " ")
            let body =
                request == "POST /admin/sales"
                ? #"{"total_items":1}"# : request.hasPrefix("POST /admin/") ? #"{"reason":"for the test"}"# : nil
            let fields = (token.map { [("Authorization", "Bearer \($0)")] } ?? []) + [("If-Match", "*")]
            return try await service.ask(
                String(parts[0]), String(parts[1]),
                fields: fields + (body == nil ? [] : [("Content-Type", "application/json")]), body: body)
        }
    }
}
