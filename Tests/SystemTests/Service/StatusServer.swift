// A server of the tests' own on a free port: it answers each request with a status and nothing else.

import NIOCore
import NIOHTTP1
import NIOPosix

struct StatusServer: Sendable {
    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }

    /// Listens until it is stopped, or the process ends.
    ///
    /// - Parameter answer: the status for a request with this body.
    static func start(_ answer: @escaping @Sendable ([UInt8]) -> HTTPResponseStatus) async throws -> StatusServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return StatusServer(channel: channel)
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable ([UInt8]) -> HTTPResponseStatus
        private var body: [UInt8] = []

        init(_ answer: @escaping @Sendable ([UInt8]) -> HTTPResponseStatus) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = []
            case .body(let part): body += part.readableBytesView
            case .end:
                let head = HTTPResponseHead(version: .http1_1, status: answer(body), headers: ["Content-Length": "0"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
