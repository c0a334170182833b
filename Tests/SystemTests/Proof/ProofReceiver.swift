// The receiver of the proof's webhook: takes every event, but while it refuses.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

final class ProofReceiver: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private let refuses = Atomic(false)

    /// Listens on a free port until the process ends.
    ///
    /// - Returns: with the address for the service.
    static func start() async throws -> (receiver: ProofReceiver, address: String) {
        let receiver = ProofReceiver()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver: receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (receiver, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/hook")
    }

    func refuse() { refuses.store(true, ordering: .relaxed) }

    func take() { refuses.store(false, ordering: .relaxed) }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: ProofReceiver

        init(receiver: ProofReceiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let status: HTTPResponseStatus =
                receiver.refuses.load(ordering: .relaxed) ? .serviceUnavailable : .noContent
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["Connection": "close"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
