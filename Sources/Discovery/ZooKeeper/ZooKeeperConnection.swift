// One connection to a server of ZooKeeper. Questions are answered in their order; between the answers come the changes
// of what was watched.

internal import NIOCore
internal import NIOPosix

/// The connection ended, or what came over it is not ZooKeeper's.
struct ZooKeeperTrouble: Error, CustomStringConvertible {
    let description: String
}

final class ZooKeeperConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<Handler>
    private let timeout: TimeAmount

    private init(_ channel: any Channel, _ handler: NIOLoopBound<Handler>, timeout: TimeAmount) {
        self.channel = channel
        self.handler = handler
        self.timeout = timeout
    }

    /// - Parameter timeout: of the connection, and again of each answer.
    static func open(host: String, port: Int, timeout: Duration) async throws -> ZooKeeperConnection {
        let timeout = TimeAmount(timeout)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler()) }
            }
        let channel = try await bootstrap.connect(host: host, port: port).get()
        let handler = try await channel.eventLoop.submit {
            NIOLoopBound(try channel.pipeline.syncOperations.handler(type: Handler.self), eventLoop: channel.eventLoop)
        }.get()
        return ZooKeeperConnection(channel, handler, timeout: timeout)
    }

    /// The frames that answer some frames, in their order.
    func ask(_ questions: [ByteBuffer]) async throws -> [ByteBuffer] {
        try await channel.eventLoop.flatSubmit { [channel, handler, timeout] in
            let answers = questions.map { handler.value.ask($0, over: channel) }
            channel.flush()
            let alarm = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
            let all = EventLoopFuture.whenAllSucceed(answers, on: channel.eventLoop)
            all.whenComplete { _ in alarm.cancel() }
            return all
        }.get()
    }

    /// The paths that have changed since the last call.
    func takeChanges() async throws -> Set<String> {
        try await channel.eventLoop.submit { [handler] in
            defer { handler.value.changes = [] }
            return handler.value.changes
        }.get()
    }

    var isOpen: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }
}

private final class Handler: ChannelInboundHandler {
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
