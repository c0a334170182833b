// A crowd that comes before any delay is known.

import FlashSale
import FlashSaleHTTP
import NIOCore
import Synchronization
import Telemetry
import Testing

@Suite("A crowd at work")
struct CrowdAtWorkTests {
    private static let checkout = "POST /checkout?user_id=ann&id=ITM-7-1 HTTP/1.1\r\nHost: test\r\n\r\n"

    @Test("Who comes while a crowd is at work is shed, but for holders and probes; afterwards all are let in")
    func crowd() async throws {
        let ledger = Turnstile()
        try await TestServer.with { setup in
            setup.limits.crowdMin = 1
            setup.limits.surge = 1
            let held = setup.script.record
            setup.script.record = { request in
                await ledger.pass()
                return try await held(request)
            }
        } _: { server in
            let ask = { (target: String) in try await server.ask("POST", target).status }
            let refused = server.instruments.admission.refusedTotal
            try await RawConnection.with(port: server.ports.api) { first in
                var first = first
                try await first.send(Self.checkout)
                while ledger.waiting < 1 {
                    try Task.checkCancellation()
                    try await server.apiLoop.submit {}.get()
                }
                #expect(try await ask("/checkout?user_id=bob&id=ITM-7-1") == 503)
                #expect(try await ask("/purchase?code=\(ScriptedStores.Script.code)") == 200)
                #expect(try await server.ask("GET", "/healthz").status == 200)
                #expect(refused.value(.checkout) == 1 && refused.value(.holder) == 0)
                ledger.open()
                #expect(try await first.answer()?.status == 200)
            }
            #expect(try await ask("/checkout?user_id=bob&id=ITM-7-1") == 200)
        }
    }
}

/// Lets nobody pass until it is opened.
private final class Turnstile: Sendable {
    private let state = Mutex((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))

    var waiting: Int { state.withLock { $0.waiting.count } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }
}
