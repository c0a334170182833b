// One keep-alive connection: a request out, its answer in, one at a time. Its owner knows which buyer asked.

import NIOCore

/// The owner of a connection. It is called on the connection's event loop.
protocol WireOwner: AnyObject {
    func connection(_ connection: WireConnection, answered answer: WireAnswer)
    /// The connection is gone. The outcome of an exchange that was under way is unknown, unless `problem` tells it.
    func connectionEnded(_ connection: WireConnection, problem: String?)
}

final class WireConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The owner's note about the exchange under way; nil if the connection is free.
    var exchange: Exchange?
    /// Its owner has waited long enough for the answer.
    var isOverdue = false
    /// Its place in its owner's list.
    var index = 0
    /// The owner, until the connection is gone.
    private var owner: (any WireOwner)?
    private var parser = AnswerParser()
    private var context: ChannelHandlerContext?
    private var problem: String?

    /// A request that was sent.
    struct Exchange {
        let id: UInt64
        let slot: UInt32
        let errand: Errand
        /// Moments of the event loop's clock, in nanoseconds.
        let intended: Int64
        let sent: Int64
    }

    init(owner: any WireOwner) {
        self.owner = owner
    }

    var isOpen: Bool { context != nil }

    func makeBuffer(capacity: Int) -> ByteBuffer {
        context?.channel.allocator.buffer(capacity: capacity) ?? ByteBuffer()
    }

    func send(_ request: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    /// Closes it; the owner gets `connectionEnded`.
    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.append(unwrapInboundIn(data))
        switch parser.next() {
        case .incomplete:
            guard exchange == nil, parser.isInAnswer else { return }
            problem = "an answer without a request"
            context.close(promise: nil)
        case .answer(var answer):
            guard exchange != nil else {
                problem = "an answer without a request"
                context.close(promise: nil)
                return
            }
            // What follows would be taken for the answer to the next request.
            if parser.isInAnswer {
                problem = "an answer without a request"
                answer.closes = true
            }
            // The answer first: once the connection is closed, its owner counts the request as lost.
            owner?.connection(self, answered: answer)
            if answer.closes { context.close(promise: nil) }
        case .garbage(let text):
            problem = text
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if exchange != nil, problem == nil, let answer = parser.end() { owner?.connection(self, answered: answer) }
        self.context = nil
        owner?.connectionEnded(self, problem: problem)
        owner = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
