// The port for Prometheus, over a real socket.

import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import FlashSaleLoad

@Suite("The run's metrics") struct MetricsServerTests {
    /// What a port answers to some bytes, until it closes the connection.
    private func answer(to request: String, after reading: LaneReading = LaneReading()) async throws -> String {
        let server = MetricsServer()
        try await server.listen(host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton)
        server.update(reading, itemsSold: 3)
        let ear = Ear()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ear) }
            }
            .connect(host: "127.0.0.1", port: try #require(server.port)).get()
        try await channel.writeAndFlush(ByteBuffer(string: request))
        try await channel.closeFuture.get()
        await server.close()
        return ear.heard
    }

    @Test("Prometheus gets the figures of the run")
    func figures() async throws {
        var reading = LaneReading()
        reading.facts.started = 7
        let answer = try await answer(to: "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", after: reading)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\nflashsale_load_starts_total 7\n"))
    }

    @Test("HEAD has the head of GET, and no body")
    func head() async throws {
        let get = try await answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try await answer(to: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.hasSuffix("\r\n\r\n") && get.hasPrefix(head) && get.utf8.count > head.utf8.count)
    }

    @Test("One request is answered, and no other method is taken", arguments: ["POST", "OPTIONS", "get", "HEADER", ""])
    func methods(method: String) async throws {
        let request = "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n"
        let answer = try await answer(to: request + request)
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("\r\nAllow: GET, HEAD\r\n"))
        #expect(answer.split(separator: "HTTP/1.1").count == 1)
    }

    /// Keeps what comes.
    private final class Ear: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let text = Mutex("")

        var heard: String { text.withLock(\.self) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let piece = String(buffer: unwrapInboundIn(data))
            text.withLock { $0 += piece }
        }
    }
}
