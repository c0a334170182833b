// The seam between a route and its flow: what is asked, and what a refused buyer hears.

import FlashSale
import FlashSaleHTTP
import Synchronization
import Telemetry
import Testing

@Suite struct AdmissionTests {
    @Test("A buyer that comes too often is told to wait and is counted, and does not reach the flow")
    func rate() async throws {
        try await TestServer.with {
            $0.limits.buyerRequestsPerSecond = 1
            $0.limits.buyerRequestsBurst = 2
        } _: { server in
            for _ in 0..<2 { _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1") }
            let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(answer.status == 429)
            #expect(answer["Retry-After"] != nil)
            #expect(answer["RateLimit-Policy"] == #""buyer";q=1;w=1"#)
            #expect(answer["RateLimit"] == #""buyer";r=0;t=1"#)
            #expect(answer.text.contains(#""code":"rate_limited""#))
            #expect(try await server.ask("POST", "/checkout?user_id=bob&id=ITM-7-1").status != 429)
            #expect(server.instruments.http.requestsRejectedTotal.value(.rateLimited) == 1)
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 3)
        }
    }

    @Test(
        "Each route of a buyer asks the admission before its flow, with what the request is about",
        arguments: [
            ("POST", "/checkout?user_id=ann&id=ITM-7-1", AdmissionRequest.checkout(ScriptedStores.Script.buyer)),
            ("DELETE", "/checkout?code=\(ScriptedStores.Script.code)", .cancel(ScriptedStores.Script.code)),
            ("POST", "/purchase?code=\(ScriptedStores.Script.code)", .purchase(ScriptedStores.Script.code)),
        ])
    func asked(method: String, target: String, request: AdmissionRequest) async throws {
        let door = ClosedDoor()
        try await TestServer.with {
            $0.admission = door
        } _: { server in
            let answer = try await server.ask(method, target)
            #expect(answer.status == 503 && answer.text.contains(#""code":"overloaded""#))
            #expect(door.requests == [request])
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 0)
            #expect(server.instruments.sale.purchaseAttemptsTotal.value == 0)
        }
    }
}

/// Refuses every request, and remembers it.
private final class ClosedDoor: Admission {
    private let asked = Mutex<[AdmissionRequest]>([])

    var requests: [AdmissionRequest] { asked.withLock { $0 } }

    func refusal(of request: AdmissionRequest) async -> Refusal? {
        asked.withLock { $0.append(request) }
        return Refusal(.overloaded)
    }
}
