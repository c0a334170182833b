// The limits of a connection, with slow or too many clients and slow stores.

import Dispatch
import FlashSale
import FlashSaleHTTP
import NIOCore
import NIOPosix
import Telemetry
import Testing

extension ConnectionTests {
    @Test("Stores that hang do not hold a request past its deadline")
    func hangingStore() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(100)
            setup.limits.lateAnswerGrace = .milliseconds(50)
            setup.script.record = { _ in
                await untilCancelled()
                throw CancellationError()
            }
        } _: { server in
            let start = ContinuousClock.now
            let answer = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
            #expect(answer.status == 503)
            #expect(answer.text.contains(#""code":"timeout""#))
            #expect(answer["Retry-After"] != nil)
            #expect(ContinuousClock.now - start >= .milliseconds(100))
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 1)
        }
    }

    @Test("A missing body is answered, a missing head is not")
    func slowClient() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(100)
            setup.limits.headTimeout = .milliseconds(100)
        } _: { server in
            let answer = try await server.send(
                Self.checkout + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
            #expect(answer.status == 503)
            #expect(answer.text.contains(#""code":"timeout""#))
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET /sales/act")
                #expect(try await connection.isClosedByServer())
            }
            #expect(server.instruments.http.requestsRejectedTotal.value(.timeout) == 2)
        }
    }

    @Test("An idle connection is closed; a busy one is not")
    func idle() async throws {
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(500)
            setup.limits.idleTimeout = .seconds(1)
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                for _ in 1...3 {
                    try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n")
                    #expect(try await connection.answer()?.status == 200)
                }
                #expect(try await connection.isClosedByServer())
            }
        }
    }

    @Test("A request that came while the loop was busy is answered, though its connection's time ended meanwhile")
    func idleInALongTurn() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let sent = DispatchSemaphore(value: 0)
        try await TestServer.with { setup in
            setup.limits.requestTimeout = .milliseconds(500)
            setup.limits.idleTimeout = .seconds(1)
            setup.script.record = { _ in
                arrival.finish()
                keepLoop(until: sent, andFor: .milliseconds(1_100))
                throw CancellationError()
            }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send("GET /sales/active HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try await connection.answer()?.status == 200)
                async let busy = server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1")
                for await _ in arrived {}
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
                sent.signal()
                #expect(try await connection.answer()?.status == 200)
                _ = try await busy
            }
        }
    }

    @Test("A client that resets the connection is counted as 499, once, and its flow is told")
    func clientGone() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let (left, leaving) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.script.record = { _ in
                arrival.finish()
                await untilCancelled()
                leaving.finish()
                throw CancellationError()
            }
        } _: { server in
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: server.ports.api).get()
            try await client.writeAndFlush(ByteBuffer(string: Self.checkout + "X-Request-Id: gone\r\n\r\n"))
            for await _ in arrived {}
            #expect(server.instruments.http.requestsInFlight.value == 1)
            // What is closed without lingering is reset.
            let options = try #require(client as? any SocketOptionProvider)
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await client.close()
            for await _ in left {}
            await server.logs.ended("gone")
            let labels = RequestLabels(.checkout, .post, .clientClosed)
            #expect(server.instruments.http.requestDurationSeconds.count(labels) == 1)
            #expect(server.instruments.http.requestsInFlight.value == 0)
        }
    }

    @Test("Above the limit requests are refused; probes are not")
    func overload() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        try await TestServer.with { setup in
            setup.limits.requestsInFlight = 1
            setup.script.record = { _ in
                arrival.finish()
                await untilCancelled()
                throw CancellationError()
            }
        } _: { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                try await connection.send(Self.checkout + "\r\n")
                for await _ in arrived {}
                let refused = try await server.ask("GET", "/sales/active")
                #expect(refused.status == 503)
                #expect(refused.text.contains(#""code":"overloaded""#))
                #expect(refused["Connection"] == "keep-alive")
                #expect(try await server.ask("GET", "/healthz").status == 200)
                #expect(try await server.ask("GET", "/readyz", ofOperations: true).text == "overloaded\n")
                #expect(server.instruments.http.requestsRejectedTotal.value(.overload) == 1)
            }
        }
    }
}

/// Waits until its caller gives up, like a store that has stopped.
func untilCancelled() async {
    let (silence, _) = AsyncStream<Void>.makeStream()
    for await _ in silence {}
}

/// Takes the thread until the signal, and so long after it that timers are due.
private func keepLoop(until signal: DispatchSemaphore, andFor rest: DispatchTimeInterval) {
    signal.wait()
    _ = signal.wait(timeout: .now() + rest)
}
