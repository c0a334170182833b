// A collector that follows a test's script, on its own port.

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

final class FaultySink: Sendable {
    /// The treatment of one request.
    enum Behaviour: Sendable {
        case answer(Int, fields: [(String, String)] = [], body: [UInt8] = [])
        /// Closes the connection as soon as the request has come.
        case reset
        /// Never answers.
        case silence
        /// Begins an answer and closes before its end.
        case half
        /// Answers, and then closes the connection.
        case answerAndClose
    }

    struct Received: Sendable {
        let head: HTTPRequestHead
        let body: [UInt8]
        /// The client's port: connections are told apart by it.
        let connection: Int
    }

    private struct State {
        var script: [Behaviour] = []
        var received: [Received] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// - Parameter script: the treatment of the first requests, in turn. Later ones are accepted.
    private init(_ script: [Behaviour]) {
        state = Mutex(State(script: script))
    }

    /// Runs a sink while the body runs, and gives it the port.
    ///
    /// - Parameter tls: the sink's certificates; nil for one without TLS.
    static func with<Result>(
        _ script: [Behaviour] = [], tls: NIOSSLContext? = nil, _ body: (FaultySink, Int) async throws -> Result
    ) async throws -> Result {
        let sink = FaultySink(script)
        let channel = try await ServerBootstrap(group: sink.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(sink: sink))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result
        do {
            result = try await body(sink, channel.localAddress?.port ?? 0)
        } catch {
            try await sink.group.shutdownGracefully()
            throw error
        }
        try await sink.group.shutdownGracefully()
        return result
    }

    var received: [Received] { state.withLock { $0.received } }

    /// Returns when a number of requests have come.
    func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.received.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func take(_ request: Received) -> Behaviour {
        let (behaviour, waiting) = state.withLock { state in
            state.received.append(request)
            let due = state.waiting.filter { $0.count <= state.received.count }
            state.waiting.removeAll { $0.count <= state.received.count }
            return (state.script.isEmpty ? .answer(200) : state.script.removeFirst(), due)
        }
        for waiter in waiting { waiter.continuation.resume() }
        return behaviour
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let sink: FaultySink
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(sink: FaultySink) {
            self.sink = sink
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head else { return }
                let request = Received(head: head, body: body, connection: context.remoteAddress?.port ?? 0)
                act(sink.take(request), context)
            }
        }

        private func act(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
            switch behaviour {
            case .silence: break
            case .reset: context.close(promise: nil)
            case .answer(let status, let fields, let body):
                write(status, fields, body, length: body.count, context)
            case .answerAndClose:
                write(200, [("Connection", "close")], [], length: 0, context)
                context.close(promise: nil)
            case .half:
                write(200, [], [1, 2, 3], length: 100, context, isWhole: false)
                context.close(promise: nil)
            }
        }

        private func write(
            _ status: Int, _ fields: [(String, String)], _ body: [UInt8], length: Int,
            _ context: ChannelHandlerContext, isWhole: Bool = true
        ) {
            var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
            head.headers.add(name: "Content-Length", value: String(length))
            for (name, value) in fields { head.headers.add(name: name, value: value) }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            if isWhole { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }
    }
}
