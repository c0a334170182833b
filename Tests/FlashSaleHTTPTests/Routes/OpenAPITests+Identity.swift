// The answers to requests that prove nobody, where buyers must prove who they are.

import FlashSaleHTTP
import Telemetry
import Testing

extension OpenAPITests {
    private static let ofBuyers = successes.filter {
        ["/checkout", "/purchase", "/orders/{code}"].contains($0.template) || $0.place.hasPrefix("POST /sales/")
    }

    /// Refused for the token, or for its lack.
    static let unproven =
        ofBuyers.map { success in
            success.changed(401, fields: [], body: nil) { $0.identity = TestTokens.required() }
        } + [
            successes[0].changed(403, fields: [TestTokens.field("bob")], body: nil) {
                $0.identity = TestTokens.required()
            }
        ]
        + successes.filter { $0.place.hasPrefix("POST /sales/") }.map { success in
            success.changed(403, fields: [TestTokens.field("bob")], body: nil) {
                $0.identity = TestTokens.required()
            }
        }

    /// The operations that have no other bound.
    static let distrusted = successes.filter {
        ["/orders/{code}", "/receipt/{code}"].contains($0.template) || $0.place.hasPrefix("POST /session")
    }
    .map { $0.changed(429, fields: ["Authorization: Bearer a.b.c"], body: nil) }

    @Test("A network with too many bad tokens is answered as the description says", arguments: distrusted)
    func tooManyBadTokens(_ test: Case) async throws {
        let answer = try await TestServer.with {
            $0.identity = TestTokens.required(failuresPerSecond: 1)
        } _: { server in
            for _ in 1...3 { _ = try await server.ask(test.method, test.target, test.fields) }
            return try await server.ask(test.method, test.target, test.fields)
        }
        try check(answer, of: test)
    }
}
