// The start and the end of the server.

import FlashSale
import FlashSaleHTTP
import Glibc
import NIOCore
import ServiceLifecycle
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
        try await TestServer.withServices(setup) { ports, services in
            try await RawConnection.with(port: ports.api) { connection in
                try await connection.send(ConnectionTests.checkout + "\r\n")
                for await _ in arrived {}
                await services.triggerGracefulShutdown()
                // The request is served with Connection: close.
                try await RawConnection.with(port: ports.operations) { probe in
                    var text: String? = "ready\n"
                    while text == "ready\n" {
                        try Task.checkCancellation()
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
    }

    @Test("A server whose task is cancelled gives its notice all the same")
    func cancelled() async throws {
        let notice = Duration.milliseconds(300)
        let cancelledAt = try await TestServer.with {
            $0.limits.drainNotice = notice
        } _: { _ in
            ContinuousClock.now
        }
        #expect(ContinuousClock.now - cancelledAt >= notice)
    }

    @Test(
        "A connection that waits for a request does not hold up the end, and one that sends it in time is answered",
        .timeLimit(.minutes(1)), arguments: [false, true])
    func idleAtShutdown(isInherited: Bool) async throws {
        var setup = TestServer.Setup()
        setup.limits.drainNotice = .zero
        setup.limits.idleTimeout = .seconds(3_600)
        // On a busy machine a request sent in time takes longer than the usual second to come.
        setup.limits.lastRequestTimeout = .seconds(3)
        let listening = isInherited ? try InheritedSocket() : nil
        setup.configure = { configuration in
            if let address = listening?.address { configuration.api = address }
        }
        try await TestServer.withServices(setup) { ports, services in
            try await RawConnection.with(port: ports.api) { late in
                try await RawConnection.with(port: ports.api) { idle in
                    for _ in 0..<2 {
                        try await late.send(Self.page)
                        #expect(try await late.answer()?["Connection"] == "keep-alive")
                    }
                    try await idle.send(Self.page)
                    #expect(try await idle.answer()?.status == 200)
                    await services.triggerGracefulShutdown()
                    // Its notice is over: the API's listener is shut.
                    try await Self.refused(port: isInherited ? nil : ports.api)
                    try await late.send(Self.page)
                    #expect(try await late.answer()?["Connection"] == "close")
                    #expect(try await idle.isClosedByServer())
                }
            }
        }
    }

    @Test("A client that connects while the service restarts waits for the next one, if the socket was inherited")
    func restart() async throws {
        let listening = try InheritedSocket()
        let port = listening.address.port
        try await TestServer.with {
            $0.configure = { $0.api = listening.address }
        } _: { server in
            #expect(server.ports.api == port)
            let answer = try await server.ask("GET", "/openapi.json")
            #expect(answer.status == 200)
        }
        // Nobody accepts now. The connection is made all the same.
        let (sent, signal) = AsyncStream<Void>.makeStream()
        let waiting = Task {
            try await RawConnection.with(port: port) { connection in
                try await connection.send(Self.page)
                signal.finish()
                return try await connection.answer()?.status
            }
        }
        for await _ in sent {}
        try await TestServer.with {
            $0.configure = { $0.api = listening.address }
        } _: { _ in
            let status = try await waiting.value
            #expect(status == 200)
        }
    }

    private static let page = "GET /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n"

    /// Waits until nobody can connect.
    private static func refused(port: Int?) async throws {
        guard let port else { return }
        while (try? await RawConnection.with(port: port, { _ in })) != nil {
            try Task.checkCancellation()
        }
    }
}

/// A socket that another process opened, as far as the server knows: each use gets a descriptor of its own.
private final class InheritedSocket: Sendable {
    private let descriptor: CInt

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let bound = try SocketAddress(ipAddress: "127.0.0.1", port: 0).withSockAddr {
            bind(descriptor, $0, socklen_t($1))
        }
        try #require(bound == 0 && listen(descriptor, 16) == 0)
    }

    deinit { close(descriptor) }

    var address: ListenAddress {
        guard let address = ListenAddress(inherited: dup(descriptor)) else { preconditionFailure("it does not listen") }
        return address
    }
}
