// The handler before the parser: it tells the connection when bytes arrive, and stops a head that never ends.

internal import NIOCore
internal import NIOHTTP1

final class ByteGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ConnectionHandler
    private var isShut = false

    init(connection: ConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isShut else { return }
        guard connection.bytesArrived(unwrapInboundIn(data).readableBytes) else {
            isShut = true
            context.fireErrorCaught(HTTPParserError.headerOverflow)
            return
        }
        context.fireChannelRead(data)
    }
}
