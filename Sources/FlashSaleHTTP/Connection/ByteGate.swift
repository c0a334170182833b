// The handler before the parser: it tells the connection when bytes arrive, stops a head that never ends, and writes
// the white space of a head as the parser knows it.

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
        var bytes = unwrapInboundIn(data)
        guard connection.bytesArrived(bytes.readableBytes) else {
            isShut = true
            context.fireErrorCaught(HTTPParserError.headerOverflow)
            return
        }
        // What comes behind the head of a request that is at work may be its body.
        if connection.state.phase == .head { bytes.blankTabsAtLineEnds() }
        context.fireChannelRead(wrapInboundOut(bytes))
    }
}
