// One question to an HTTP server and its answer, over a connection of its own without TLS.
//
// It uses HTTP/1.0, so that an answer of any length ends with its connection. Whoever asks often, or asks strangers,
// wants more than this.

internal import NIOCore
internal import NIOPosix

/// Asks one server.
public struct HTTPExchange: Sendable {
    /// What the server sent: its status, and what follows the fields.
    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
    }

    /// What answered is no HTTP, stopped, or said more than was allowed for.
    public struct Garbled: Error, CustomStringConvertible {
        public let description = "no answer of HTTP came in time, or one that is too long"
    }

    public let host: String
    public let port: Int
    private let timeout: TimeAmount
    private let bytesMax: Int

    /// - Parameters:
    ///   - host: a name or an address; an IPv6 address has no brackets.
    ///   - timeout: of the connection, and again of the answer.
    ///   - bytesMax: of an answer.
    public init(host: String, port: Int, timeout: Duration, bytesMax: Int) {
        self.host = host
        self.port = port
        self.timeout = TimeAmount(timeout)
        self.bytesMax = bytesMax
    }

    public func get(_ path: String) async throws -> Answer {
        try await ask("GET \(path) HTTP/1.0\r\nHost: \(authority)\r\nAccept: application/json\r\n\r\n", [])
    }

    public func post(_ path: String, json: [UInt8]) async throws -> Answer {
        try await ask(
            """
            POST \(path) HTTP/1.0\r\nHost: \(authority)\r\nContent-Type: application/json\r\n\
            Content-Length: \(json.count)\r\n\r\n
            """, json)
    }

    private var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private func ask(_ head: String, _ body: [UInt8]) async throws -> Answer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [UInt8].self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(timeout).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(AnswerCollector(answer, bytesMax: bytesMax))
            }
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: host, port: port).get()
        } catch {
            answer.fail(error)
            throw error
        }
        let alarm = loop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        try await channel.writeAndFlush(ByteBuffer(string: head + String(decoding: body, as: UTF8.self)))
        let bytes = try await answer.futureResult.get()
        alarm.cancel()
        guard let end = bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]), let status = Self.status(bytes) else {
            throw Garbled()
        }
        return Answer(status: status, body: Array(bytes[end.upperBound...]))
    }

    /// The number in `HTTP/1.1 200 OK`.
    private static func status(_ bytes: [UInt8]) -> Int? {
        let words = String(decoding: bytes.prefix(64), as: UTF8.self).split(separator: " ")
        return words.count > 1 && words[0].hasPrefix("HTTP/") ? Int(words[1].prefix(3)) : nil
    }
}

/// Gathers what a server sends until it closes the connection. Of more than is allowed for it keeps nothing.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<[UInt8]>
    private let bytesMax: Int
    private var bytes: [UInt8] = []

    init(_ promise: EventLoopPromise<[UInt8]>, bytesMax: Int) {
        self.promise = promise
        self.bytesMax = bytesMax
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        guard bytes.count > bytesMax else { return }
        promise.fail(HTTPExchange.Garbled())
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.succeed(bytes)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
