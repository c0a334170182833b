// A crowd that sends everything within one turn of an event loop.

import FlashSale
import FlashSaleHTTP
import NIOCore
import Telemetry
import Testing

@Suite("A turn that has let in a crowd")
struct CrowdedTurnTests {
    private static let checkout = "POST /checkout?user_id=ann&id=ITM-7-1 HTTP/1.1\r\nHost: test\r\n\r\n"
    private static let purchase = "POST /purchase?code=\(ScriptedStores.Script.code) HTTP/1.1\r\nHost: test\r\n\r\n"

    /// Runs the body with so many open connections.
    private static func withConnections(
        _ count: Int, to port: Int, opened: [RawConnection] = [],
        _ body: @Sendable ([RawConnection]) async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body(opened) }
        try await RawConnection.with(port: port) { connection in
            try await withConnections(count - 1, to: port, opened: opened + [connection], body)
        }
    }

    @Test("Who is read after the crowd is shed, unless it is a holder; everybody is served in the next turn")
    func crowd() async throws {
        let loop = Gate()
        try await TestServer.with { setup in
            setup.measuresLoop = true
            setup.limits.turnTime = .zero
        } _: { server in
            defer { loop.open() }
            // A turn reads 64 connections at first, and then twice as many.
            try await Self.withConnections(240, to: server.ports.api) { connections in
                server.apiLoop.execute { loop.wait() }
                for (number, connection) in connections.enumerated() {
                    try await connection.send(number.isMultiple(of: 4) ? Self.purchase : Self.checkout)
                }
                loop.open()
                var shed = 0
                for (number, connection) in connections.enumerated() {
                    var connection = connection
                    let status = try await connection.answer()?.status
                    #expect(status == 200 || status == 503 && !number.isMultiple(of: 4))
                    shed += status == 503 ? 1 : 0
                }
                #expect(shed > 0)
                #expect(server.instruments.admission.refusedTotal.value(.checkout) == UInt64(shed))
                let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
                #expect(answer.status == 200)
            }
        }
    }
}
