// The start and the end of the server.

import FlashSale
import FlashSaleHTTP
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry
import Testing

extension OperationsTests {
    @Test("A port in use is reported in one sentence")
    func portInUse() async throws {
        try await TestServer.with { server in
            let failure = await #expect(throws: ListenFailure.self) {
                try await TestServer.with {
                    $0.apiPort = server.ports.api
                } _: { _ in
                }
            }
            #expect(failure?.description == "cannot listen on 127.0.0.1:\(server.ports.api): the port is in use")
        }
    }

    @Test("A shutdown answers the requests in flight with Connection: close, and ends")
    func shutdown() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        var setup = TestServer.Setup()
        setup.limits.drainNotice = .milliseconds(200)
        setup.script.record = { _ in
            arrival.finish()
            for await _ in released {}
            return .userLimitExceeded
        }
        let logs = LogRecorder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (bound, continuation) = AsyncStream<FlashSaleServer.BoundPorts>.makeStream()
        let server = TestServer.make(setup, ScriptedStores(setup.script), Instruments(), group, logs) { ports in
            continuation.yield(ports)
            continuation.finish()
        }
        let services = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in logs.handler })
        let running = Task { try await services.run() }
        for await ports in bound {
            try await RawConnection.with(port: ports.api) { connection in
                try await connection.send(ConnectionTests.checkout + "\r\n")
                for await _ in arrived {}
                await services.triggerGracefulShutdown()
                // The request is served with Connection: close.
                try await RawConnection.with(port: ports.operations) { probe in
                    var text: String? = "ready\n"
                    while text == "ready\n" {
                        try await probe.send("GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n")
                        let answer = try await probe.answer()
                        text = answer?.text
                        #expect((answer?["Connection"] == "close") == (text == "draining\n"))
                    }
                    #expect(text == "draining\n")
                }
                release.finish()
                let answer = try await connection.answer()
                #expect(answer?.status == 400)
                #expect(answer?["Connection"] == "close")
                #expect(try await connection.isClosedByServer())
            }
        }
        try await running.value
        try await group.shutdownGracefully()
    }
}
