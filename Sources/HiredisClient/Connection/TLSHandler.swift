// TLS between a connection's socket and its other handlers. TLSSession knows the protocol, and this shell moves bytes.

internal import NIOCore

final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let session: TLSSession
    /// Ends when the session is open, or cannot be opened.
    private let opened: EventLoopPromise<Void>

    init(_ session: TLSSession, opened: EventLoopPromise<Void>) {
        self.session = session
        self.opened = opened
    }

    /// Begins the handshake. The channel must be active.
    func handlerAdded(context: ChannelHandlerContext) {
        advance(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.receive(unwrapInboundIn(data))
        advance(context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        do throws(RedisError) {
            try session.encrypt(unwrapOutboundIn(data))
            guard let bytes = session.send(context.channel.allocator) else {
                promise?.succeed()
                return
            }
            context.write(wrapOutboundOut(bytes), promise: promise)
        } catch {
            promise?.fail(error)
            context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        opened.fail(RedisError(.connectionFailed, "the server ended the connection during its TLS handshake"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        opened.fail(RedisError(.connectionLost, "the connection was closed"))
    }

    private func advance(_ context: ChannelHandlerContext) {
        do throws(RedisError) {
            if !session.isOpen {
                // Also a handshake that fails has something to say: an alert.
                defer { flush(context) }
                try session.handshake()
                if session.isOpen { opened.succeed() }
            }
            while session.isOpen, let bytes = try session.decrypt(context.channel.allocator) {
                context.fireChannelRead(wrapInboundOut(bytes))
            }
            flush(context)
        } catch {
            opened.fail(error)
            context.fireErrorCaught(error)
        }
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let bytes = session.send(context.channel.allocator) else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
