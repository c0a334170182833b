// A receiver on a port of its own, which answers as a test says.

import NIOCore
import NIOPosix
import Synchronization

/// Keeps what it was sent, head and body as they came.
final class ScriptedReceiver: Sendable {
    /// What it does with a connection.
    enum Manner: Sendable {
        /// Answers once the message is whole, and closes.
        case answers(String)
        /// Answers without a look at the message.
        case answersAtOnce(String)
        /// Reads and says nothing.
        case hangs
        /// Sends some bytes and closes.
        case breaksOff(String)
        /// Sends a byte of an answer now and then, for ever.
        case drips
    }

    static let ok = "HTTP/1.1 204 No Content\r\n\r\n"

    private let manners: Mutex<[Manner]>
    private let requests = Mutex<[String]>([])
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private init(_ manners: [Manner]) { self.manners = Mutex(manners) }

    /// Lends a receiver and its port. The last manner is for all later connections.
    static func with(_ manners: Manner..., body: (ScriptedReceiver, Int) async throws -> Void) async throws {
        let receiver = ScriptedReceiver(manners)
        let channel = try await ServerBootstrap(group: receiver.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = Connection(receiver, manner: receiver.nextManner())
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(receiver, channel.localAddress?.port ?? 0)
        } catch {
            try await receiver.group.shutdownGracefully()
            throw error
        }
        try await receiver.group.shutdownGracefully()
    }

    var received: [String] { requests.withLock(\.self) }

    fileprivate func keep(_ request: String) { requests.withLock { $0.append(request) } }

    private func nextManner() -> Manner {
        manners.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let receiver: ScriptedReceiver
        private let manner: Manner
        private var text = ""

        init(_ receiver: ScriptedReceiver, manner: Manner) {
            self.receiver = receiver
            self.manner = manner
        }

        func channelActive(context: ChannelHandlerContext) {
            switch manner {
            case .answersAtOnce(let answer), .breaksOff(let answer): say(answer, context, closes: true)
            case .drips: drip(context)
            case .answers, .hangs: break
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard case .answers(let answer) = manner, isWhole else { return }
            receiver.keep(text)
            say(answer, context, closes: true)
        }

        private var isWhole: Bool {
            guard let end = text.firstRange(of: "\r\n\r\n"),
                let length = text.firstMatch(of: #/Content-Length: (\d+)/#).flatMap({ Int($0.1) })
            else { return false }
            return text[end.upperBound...].utf8.count >= length
        }

        private func drip(_ context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: "H")), promise: nil)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(50)) {
                let (handler, context) = bound.value
                if context.channel.isActive { handler.drip(context) }
            }
        }

        private func say(_ answer: String, _ context: ChannelHandlerContext, closes: Bool) {
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: answer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}
