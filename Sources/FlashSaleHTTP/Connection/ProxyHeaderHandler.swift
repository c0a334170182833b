// Reads the PROXY header that a trusted proxy sends before anything else, and then lets the connection begin.

internal import NIOCore
internal import Telemetry

final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeout: Duration
    private let rejected: (RejectionReason) -> Void
    /// Installs the rest of the connection, for the client if the header names one.
    private let begin: (ClientAddress?) throws -> Void
    private var received = ByteBuffer()
    private var isOver = false

    init(
        within timeout: Duration, rejected: @escaping (RejectionReason) -> Void,
        begin: @escaping (ClientAddress?) throws -> Void
    ) {
        self.timeout = timeout
        self.rejected = rejected
        self.begin = begin
    }

    func handlerAdded(context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [weak self] in
            guard let self, !isOver else { return }
            end(.timeout, context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { isOver = true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        received.writeImmutableBuffer(unwrapInboundIn(data))
        switch ProxyHeader(received.readableBytesView) {
        case .incomplete: break
        case .junk: end(.badRequest, context)
        case .whole(let client, let length):
            isOver = true
            received.moveReaderIndex(forwardBy: length)
            do {
                try begin(client)
                if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
                context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            } catch {
                context.close(promise: nil)
            }
        }
    }

    private func end(_ reason: RejectionReason, _ context: ChannelHandlerContext) {
        isOver = true
        rejected(reason)
        context.close(promise: nil)
    }
}
