// What comes over a connection to ZooKeeper. Questions are answered in their order; between the answers come the
// changes of what was watched.

internal import NIOCore

final class ZooKeeperHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The number of what is told without having been asked for.
    private static let change: Int32 = -1

    private var bytes = ByteBuffer()
    private var waiting = CircularBuffer<EventLoopPromise<ByteBuffer>>()
    private var isGreeted = false
    private var isOver = false
    var changes: Set<String> = []

    func ask(_ question: ByteBuffer, over channel: any Channel) -> EventLoopFuture<ByteBuffer> {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
        if isOver {
            promise.fail(ZooKeeperTrouble(description: "the connection has ended"))
        } else {
            waiting.append(promise)
            channel.write(question.framed, promise: nil)
        }
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        while let frame = bytes.readFrame() { take(frame) }
        bytes.discardReadBytes()
        let length: Int32? = bytes.getInteger(at: bytes.readerIndex)
        if let length, !(0...Int32(RegistryLimits.answerBytes)).contains(length) { context.close(promise: nil) }
    }

    private func take(_ frame: ByteBuffer) {
        // The first answer, to the question for a session, has no number.
        let number: Int32? = isGreeted ? frame.getInteger(at: frame.readerIndex) : nil
        isGreeted = true
        guard number == Self.change else {
            waiting.popFirst()?.succeed(frame)
            return
        }
        // After the number, a time and a status come the kind of the change, the state of the session, and the path.
        var change = frame
        change.moveReaderIndex(forwardBy: min(24, change.readableBytes))
        if let path = change.readText() { changes.insert(path) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        while let promise = waiting.popFirst() {
            promise.fail(ZooKeeperTrouble(description: "the connection ended, or no answer came in time"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
