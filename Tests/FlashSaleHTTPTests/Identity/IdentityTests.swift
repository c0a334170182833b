// Buyers that prove who they are, and requests that prove nothing.

import FlashSale
import FlashSaleHTTP
import Foundation
import Logging
import Telemetry
import Testing
import Textbook
import Tokens

@testable import FlashSaleHTTP

@Suite("Where identity is required")
struct IdentityTests {
    private static let code = ScriptedStores.Script.code
    private static let checkout = "/checkout?id=ITM-7-1"

    private static func serve(
        failuresPerSecond: Int = 100, rate: Int = 0, _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with { setup in
            setup.identity = TestTokens.required(failuresPerSecond: failuresPerSecond)
            setup.limits.buyerRequestsPerSecond = rate
            setup.limits.buyerRequestsBurst = max(rate, 1)
        } _: { server in
            try await body(server)
        }
    }

    @Test(
        "A request without a token that counts is refused before anything else, and told how",
        arguments: [
            [], ["Authorization: Bearer"], ["Authorization: Basic YW5uOmE="], ["Authorization: Bearer a.b.c"],
            ["Authorization: Bearer \(TestServer.token)"], [TestTokens.field("ann") + "x"],
            [TestTokens.field("ann"), TestTokens.field("bob")],
        ])
    func unproven(fields: [String]) async throws {
        try await Self.serve { server in
            for (method, target) in [
                ("POST", Self.checkout), ("DELETE", "/checkout?code=\(Self.code)"),
                ("POST", "/purchase?code=\(Self.code)"), ("GET", "/orders/\(Self.code)"),
            ] {
                let answer = try await server.ask(method, target, fields)
                #expect(answer.status == 401)
                #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer realm=\"flashsale\"") == true)
            }
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 0)
            let open = try await server.ask("GET", "/sales/active", fields)
            #expect(open.status == 200)
            let large = try await server.ask(
                "POST", Self.checkout, ["Authorization: Bearer " + String(repeating: "a", count: 100_000)])
            #expect(large.status == 431)
        }
    }

    @Test("The buyer is the token's subject, its own name is allowed, and another's is not")
    func names() async throws {
        try await Self.serve { server in
            let (ann, body) = (TestTokens.field("ann"), #"{"user_id":"bob","id":"ITM-7-1"}"#)
            // One blank or more are between the scheme and the token.
            let spaced = ann.replacing("Bearer ", with: "bearer   ")
            for (target, fields, body, status) in [
                (Self.checkout, [ann], nil, 200), (Self.checkout + "&user_id=ann", [spaced], nil, 200),
                (Self.checkout + "&user_id=bob", [ann], nil, 403),
                ("/checkout", [ann, "Content-Type: application/json"], body, 403),
                (Self.checkout + "&user_id=a%20b", [ann], nil, 400),
            ] as [(String, [String], String?, Int)] {
                let answer = try await server.ask("POST", target, fields, body: body)
                #expect(answer.status == status, "\(target) \(answer.text)")
            }
            // Whoever speaks for another has attempted nothing.
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 3)
            #expect(server.instruments.sale.checkoutFailureTotal.value(.validation) == 1)
        }
    }

    @Test("Another's order does not exist")
    func orders() async throws {
        try await Self.serve { server in
            let own = try await server.ask("GET", "/orders/\(Self.code)", [TestTokens.field("ann")])
            let foreign = try await server.ask("GET", "/orders/\(Self.code)", [TestTokens.field("bob")])
            #expect(own.status == 200)
            #expect(foreign.status == 404 && !foreign.text.contains("ann"))
        }
    }

    @Test("A network with too many bad tokens is not heard, but for tokens that were checked before")
    func failures() async throws {
        try await Self.serve(failuresPerSecond: 2) { server in
            func status(_ field: String) async throws -> Int {
                try await server.ask("POST", Self.checkout, [field]).status
            }
            let (ann, bob) = (TestTokens.field("ann"), TestTokens.field("bob"))
            let known = try await status(ann)
            #expect(known == 200)
            var bad: [Int] = []
            for guess in 1...6 { bad.append(try await status("Authorization: Bearer a.b.\(guess)")) }
            #expect(bad.first == 401 && bad.last == 429)
            let (again, new) = (try await status(ann), try await status(bob))
            #expect(again == 200 && new == 429)
        }
    }

    @Test("A proven buyer has one rate for all that it does, whatever codes it names")
    func rates() async throws {
        try await Self.serve(rate: 2) { server in
            let ann = TestTokens.field("ann")
            var statuses: [Int] = []
            for digit in 1...4 {
                let code = CheckoutCode(sale: SaleID(7), high: 0, low: UInt64(digit))
                statuses.append(try await server.ask("POST", "/purchase?code=\(code)", [ann]).status)
            }
            #expect(statuses.last == 429, "\(statuses)")
            let other = try await server.ask("POST", "/purchase?code=\(Self.code)", [TestTokens.field("bob")])
            #expect(other.status != 429)
        }
    }

    @Test("An admin token lets its operator in, however many dots it has", arguments: ["a", "a.b", "a.b.c", "a.b.c.d"])
    func dots(beginning: String) async throws {
        let token = "\(beginning)-token-of-16-bytes"
        try await TestServer.with { setup in
            setup.identity = TestTokens.required()
            setup.configure = { $0.adminToken = Secret(token) }
        } _: { (server: TestServer) async throws -> Void in
            let own = try await server.ask("POST", "/admin/sales", ["Authorization: Bearer \(token)"])
            #expect(own.status == 400, "it has no body")
            let operators = try await server.ask("POST", "/admin/sales", [TestTokens.field("boss", scope: "admin")])
            #expect(operators.status == 400)
            let wrong = try await server.ask("POST", "/admin/sales", ["Authorization: Bearer \(token)x"])
            #expect(wrong.status == 403)
        }
    }

    @Test("An operator's scope lets it in, a buyer's token does not, and the admin token still does")
    func scopes() async throws {
        try await Self.serve { server in
            for (field, status) in [
                (TestTokens.field("boss", scope: "admin"), 400), (TestTokens.field("op", scope: "operate"), 403),
                (TestTokens.field("ann"), 403), ("Authorization: Bearer \(TestServer.token)", 400),
                ("Authorization: Bearer a.b.c", 401), ("Authorization: Bearer guess", 403),
            ] {
                let answer = try await server.ask("POST", "/admin/sales", [field])
                #expect(answer.status == status, "\(field): it has no body")
            }
        }
    }

    @Test("New keys count within a second, a half-written file does not, and old tokens end with their key")
    func rotation() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/keys-\(UInt64.random(in: 0 ... .max)).json"
        defer { try? FileManager.default.removeItem(atPath: file) }
        @Sendable func put(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
        let signers = try ["one", "two"].map { id in
            try #require(TokenSigner(pem: Array((id == "one" ? Self.one : Self.two).utf8), id: id))
        }
        let sets = signers.compactMap(\.published)
        try put(sets[0])
        let identity = try BearerTokens(keys: file, secret: nil, rules: TestTokens.rules, failuresPerSecond: 100)
        try await TestServer.with { setup in
            setup.identity = identity
            setup.limits.buyerRequestsPerSecond = 0
        } _: { server in
            func status(_ signer: Int) async throws -> Int {
                let field = TestTokens.field("ann", by: signers[signer])
                return try await server.ask("POST", Self.checkout, [field]).status
            }
            let old = TestTokens.field("ann", by: signers[0])
            let before = (try await server.ask("POST", Self.checkout, [old]).status, try await status(1))
            #expect(before == (200, 401))
            try put(String(sets[1].prefix(40)))
            await server.logs.hears { $0.metadata["why"]?.description.contains("no JWK set") ?? false }
            let half = (try await status(0), try await status(1))
            #expect(half == (200, 401))
            let both = sets.map { $0.dropFirst("{\"keys\":[".count).dropLast(2) }.joined(separator: ",")
            try put("{\"keys\":[\(both)]}")
            await server.logs.hears { $0.message == "files are read again" }
            let during = (try await status(0), try await status(1))
            #expect(during == (200, 200))
            try put(sets[1])
            // The log has the same line as before, so the answers tell.
            var after = 200
            let end = ContinuousClock.now + .seconds(10)
            while after == 200, .now < end { after = try await server.ask("POST", Self.checkout, [old]).status }
            #expect(after == 401, "a remembered token of a key that is gone")
            let new = try await status(1)
            #expect(new == 200)
        }
    }

    private static let one = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIP1TLooVbr90TUhPL8zUn8w6BsWSYuJjzdrraVwndncR
        -----END PRIVATE KEY-----
        """

    private static let two = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIM9NBa5xr/LyqYlKPa92GrgyQLBmSVzjjZJtnqhRYdyl
        -----END PRIVATE KEY-----
        """
}
