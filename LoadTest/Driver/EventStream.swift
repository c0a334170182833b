// A stream of server-sent events: a request out, then events for as long as the connection lasts. Its owner knows which
// buyer listens.

import NIOCore
import Textbook

/// The owner of streams. It is called on the stream's event loop.
protocol EventStreamOwner: AnyObject {
    /// The head of an answer has come.
    func stream(_ stream: EventStream, opened head: EventStream.Head)
    func stream(_ stream: EventStream, told event: ByteBuffer)
    /// The stream is gone.
    func streamEnded(_ stream: EventStream)
}

final class EventStream: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Head {
        /// 0 for what is no answer of HTTP.
        let status: Int
        /// Whether events follow.
        let isOfEvents: Bool

        init(_ text: String) {
            let lines = text.split(separator: "\r\n")
            status = lines.first?.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
            isOfEvents =
                status == 200
                && lines.dropFirst().contains { line in
                    let name = line.prefix { $0 != ":" }
                    return name.lowercased() == "content-type"
                        && line.dropFirst(name.count + 1).trimmingBlanks().lowercased().hasPrefix("text/event-stream")
                }
        }
    }

    /// The request that opened it.
    let exchange: WireConnection.Exchange
    /// Nil until it has come.
    private(set) var head: Head?
    private var owner: (any EventStreamOwner)?
    private var context: ChannelHandlerContext?
    private var bytes = ByteBuffer()
    private static let bytesMax = 1_024 * 1_024

    init(_ exchange: WireConnection.Exchange, owner: any EventStreamOwner) {
        self.exchange = exchange
        self.owner = owner
    }

    func send(_ request: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    /// Closes it; its owner hears no more of it.
    func close() {
        owner = nil
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        if head == nil, let text = take(until: "\r\n\r\n") {
            let head = Head(String(buffer: text))
            self.head = head
            owner?.stream(self, opened: head)
        }
        while head != nil, let event = take(until: "\n\n") { owner?.stream(self, told: event) }
        bytes.discardReadBytes()
        if bytes.readableBytes > Self.bytesMax { context.close(promise: nil) }
    }

    /// The bytes up to a mark, which is passed over; nil while it has not come.
    private func take(until mark: StaticString) -> ByteBuffer? {
        guard let length = bytes.withUnsafeReadableBytes({ firstIndex(of: mark, in: $0) }),
            let part = bytes.readSlice(length: length)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: mark.utf8CodeUnitCount)
        return part
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        owner?.streamEnded(self)
        owner = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
