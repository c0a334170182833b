// The clients of a listening socket while it closes.

import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import FlashSaleHTTP

@Suite("A listening socket that closes")
struct ListeningSocketTests {
    /// A server that accepts only when told to, and echoes.
    private struct Reluctant {
        let channel: any Channel
        let socket: ListeningSocket

        var port: Int { get throws { try #require(channel.localAddress?.port) } }

        static func with(
            deferring: Bool = false, _ body: (Reluctant) async throws -> Void
        ) async throws {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.autoRead, value: false)
                // The handshake of a client that has sent nothing stays unfinished.
                .serverChannelOption(
                    ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_DEFER_ACCEPT)),
                    value: deferring ? 5 : 0
                )
                .childChannelInitializer { $0.pipeline.addHandler(Echo()) }
                .bind(host: "127.0.0.1", port: 0).get()
            do {
                try await body(Reluctant(channel: channel, socket: try #require(ListeningSocket(channel))))
                try? await channel.close()
            } catch {
                try? await channel.close()
                throw error
            }
        }

        func acceptFromNowOn() async throws {
            try await channel.setOption(.autoRead, value: true).get()
        }
    }

    private final class Echo: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
        }
    }

    @Test("It counts waiting clients, and is drained once all are accepted")
    func draining() async throws {
        try await Reluctant.with { server in
            let port = try server.port
            #expect(try await server.socket.waiting == 0)
            try await RawConnection.with(port: port) { first in
                try await RawConnection.with(port: port) { second in
                    #expect(try await server.socket.waiting == 2)
                    try await server.socket.turnAwayNewcomers()
                    let patience = Duration.milliseconds(300)
                    let start = ContinuousClock.now
                    try await server.socket.drain(patience: patience)
                    #expect(ContinuousClock.now - start >= patience)
                    async let drained: Void = server.socket.drain()
                    try await server.acceptFromNowOn()
                    try await drained
                    #expect(try await server.socket.waiting == 0)
                    #expect(try await first.isEchoed("one"))
                    #expect(try await second.isEchoed("two"))
                }
            }
        }
    }

    @Test(
        "A half-connected client gets through; a later one retries and is then refused",
        .timeLimit(.minutes(1)))
    func halfConnected() async throws {
        try await Reluctant.with(deferring: true) { server in
            let port = try server.port
            try await RawConnection.with(port: port) { early in
                #expect(try await server.socket.waiting == 0)
                try await server.socket.turnAwayNewcomers()
                let late = Task { try await RawConnection.with(port: port) { _ in } }
                try await server.acceptFromNowOn()
                #expect(try await early.isEchoed("early"))
                try await server.channel.close()
                await #expect(throws: NIOConnectionError.self) { try await late.value }
                #expect(try await early.isEchoed("still there"))
            }
        }
    }
}
