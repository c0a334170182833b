// TLS between a connection's socket and its other handlers. TLSSession knows the protocol, and this shell moves bytes.

package import NIOCore

package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let session: TLSSession
    /// Ends when the session is open, or cannot be opened.
    private let opened: EventLoopPromise<Void>

    package init(_ session: TLSSession, opened: EventLoopPromise<Void>) {
        self.session = session
        self.opened = opened
    }

    /// Begins the handshake. The channel must be active.
    package func handlerAdded(context: ChannelHandlerContext) {
        advance(context)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.receive(unwrapInboundIn(data))
        advance(context)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        do throws(TLSFailure) {
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

    package func channelInactive(context: ChannelHandlerContext) {
        opened.fail(TLSFailure("the server ended the connection during its TLS handshake"))
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        opened.fail(TLSFailure("the connection was closed"))
    }

    private func advance(_ context: ChannelHandlerContext) {
        do throws(TLSFailure) {
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
