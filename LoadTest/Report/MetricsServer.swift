// Serves the run's metrics at every path. It answers one request of a connection and closes it.

import NIOCore
import NIOPosix
import Synchronization

/// A port for Prometheus.
final class MetricsServer: Sendable {
    private let latest = Mutex<String>(MetricsText.text(LaneReading(), itemsSold: nil))
    private let channel = Mutex<(any Channel)?>(nil)

    /// The address where it listens; nil if it does not.
    var port: Int? { channel.withLock { $0?.localAddress?.port } }

    func listen(host: String, port: Int, group: any EventLoopGroup) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MetricsHandler(server: self))
                }
            }
        // An address does not go to the resolver, which may know none of IPv6.
        let literal = try? SocketAddress(ipAddress: host, port: port)
        let bound = try await (literal.map(bootstrap.bind) ?? bootstrap.bind(host: host, port: port)).get()
        channel.withLock { $0 = bound }
    }

    func update(_ reading: LaneReading, itemsSold: Int?) {
        let text = MetricsText.text(reading, itemsSold: itemsSold)
        latest.withLock { $0 = text }
    }

    func close() async {
        try? await channel.withLock { $0 }?.close()
    }

    fileprivate var text: String { latest.withLock { $0 } }
}

private final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: MetricsServer
    private var head = ByteBuffer()
    private var isAnswered = false

    init(server: MetricsServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        var bytes = unwrapInboundIn(data)
        head.writeBuffer(&bytes)
        let isWhole = head.withUnsafeReadableBytes { firstIndex(of: "\r\n\r\n", in: $0) != nil }
        guard isWhole else {
            if head.readableBytes > AnswerParser.headBytesMax { context.close(promise: nil) }
            return
        }
        isAnswered = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer(to: String(buffer: head)))), promise: promise)
    }

    private func answer(to request: String) -> String {
        let method = request.prefix { $0 != " " }
        guard method == "GET" || method == "HEAD" else {
            return "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n"
                + "Connection: close\r\n\r\n"
        }
        let text = server.text
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(method == "HEAD" ? "" : text)"
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
