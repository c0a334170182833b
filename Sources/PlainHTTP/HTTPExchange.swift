// One question to an HTTP server and its answer, over a connection of its own, with TLS or without.
//
// Servers of the operator's own are asked by HTTP/1.0, so that an answer of any length ends with its connection. Of a
// stranger's answer only the head counts. Whoever asks often wants more than this.

internal import NIOCore
internal import NIOPosix
internal import TLSClient
public import Textbook

/// Asks one server.
public struct HTTPExchange: Sendable {
    /// What the server sent: its status, its fields, and what follows them.
    public struct Answer: Sendable {
        public let status: Int
        fileprivate let fields: [Substring]
        public let body: [UInt8]

        /// The value of a field, by its name in small letters.
        public func field(_ name: String) -> String? {
            for field in fields where field.prefix(while: { $0 != ":" }).lowercased() == name {
                return String(field.dropFirst(name.count + 1).trimmingBlanks())
            }
            return nil
        }
    }

    /// What answered is no HTTP, stopped, or said more than was allowed for.
    public struct Garbled: Error, CustomStringConvertible {
        public let description = "no answer of HTTP came in time, or one that is too long"
    }

    public let server: HostPort
    private let timeout: TimeAmount
    private let bytesMax: Int
    /// Whom to trust; nil for a connection in the clear.
    private let tls: TLSPolicy?

    /// Asks in the clear.
    ///
    /// - Parameters:
    ///   - timeout: of the connection, and again of the whole answer.
    ///   - bytesMax: of an answer.
    public init(with server: HostPort, timeout: Duration, bytesMax: Int) {
        (self.server, self.timeout, self.bytesMax, tls) = (server, TimeAmount(timeout), bytesMax, nil)
    }

    /// Asks under TLS, if the address says so. The server's certificate must be from one of this machine's authorities.
    ///
    /// - Parameters:
    ///   - timeout: of the connection with its TLS, and again of the whole answer.
    ///   - bytesMax: of an answer.
    /// - Throws: a sentence, if this machine's certificates cannot be used.
    public init(with address: HTTPAddress, timeout: Duration, bytesMax: Int) throws {
        (server, self.timeout, self.bytesMax) = (address.server, TimeAmount(timeout), bytesMax)
        tls = address.isSecure ? try TLSPolicy() : nil
    }

    public func get(_ path: String) async throws -> Answer {
        try await ask("GET \(path) HTTP/1.0\r\nHost: \(server)\r\nAccept: application/json\r\n\r\n", [])
    }

    public func post(_ path: String, json: [UInt8]) async throws -> Answer {
        try await ask(
            """
            POST \(path) HTTP/1.0\r\nHost: \(server)\r\nContent-Type: application/json\r\n\
            Content-Length: \(json.count)\r\n\r\n
            """, json)
    }

    /// Sends something to a stranger's server, by HTTP/1.1. The answer ends with its head, and has no body.
    ///
    /// - Parameters:
    ///   - method: such as POST or PUT.
    ///   - fields: names and values without line breaks, besides those of the message's form.
    public func send(
        _ body: [UInt8], by method: String, to path: String, fields: [(String, String)]
    ) async throws -> Answer {
        let lines = fields.map { "\($0): \($1)\r\n" }.joined()
        return try await ask(
            """
            \(method) \(path) HTTP/1.1\r\nHost: \(server)\r\nConnection: close\r\n\(lines)\
            Content-Length: \(body.count)\r\n\r\n
            """, body, endsWithHead: true)
    }

    private func ask(_ head: String, _ body: [UInt8], endsWithHead: Bool = false) async throws -> Answer {
        let request = Array(head.utf8) + body
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [UInt8].self)
        let bytes = try await withTaskCancellationHandler {
            connection(on: loop, to: answer, endsWithHead: endsWithHead).whenComplete { result in
                switch result {
                case .failure(let error): answer.fail(ConnectFailure(error))
                case .success(let channel):
                    let alarm = loop.scheduleTask(in: timeout) { answer.fail(Garbled()) }
                    answer.futureResult.whenComplete { _ in
                        alarm.cancel()
                        channel.close(promise: nil)
                    }
                    channel.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
                }
            }
            return try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
        }
        guard let end = bytes.firstRange(of: AnswerCollector.headEnd) else { throw Garbled() }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first.flatMap(Self.status) else { throw Garbled() }
        return Answer(status: status, fields: Array(lines.dropFirst()), body: Array(bytes[end.upperBound...]))
    }

    private func connection(
        on loop: any EventLoop, to answer: EventLoopPromise<[UInt8]>, endsWithHead: Bool
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop).connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let collector = AnswerCollector(answer, bytesMax: bytesMax, endsWithHead: endsWithHead)
                    try channel.pipeline.syncOperations.addHandler(collector)
                }
            }
            .connect(host: server.host, port: server.port)
            .flatMap { channel in
                guard let tls else { return channel.eventLoop.makeSucceededFuture(channel) }
                return channel.secured(by: tls, with: server.host, within: timeout)
            }
    }

    /// The number in `HTTP/1.1 200 OK`.
    private static func status(_ line: Substring) -> Int? {
        let words = line.split(separator: " ")
        return words.count > 1 && words[0].hasPrefix("HTTP/") && words[1].utf8.count == 3 ? Int(words[1]) : nil
    }
}

/// Gathers what a server sends until it closes the connection, or until a head is there. Of more than is allowed for it
/// keeps nothing.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let headEnd = Array("\r\n\r\n".utf8)

    private let promise: EventLoopPromise<[UInt8]>
    private let bytesMax: Int
    private let endsWithHead: Bool
    private var bytes: [UInt8] = []

    init(_ promise: EventLoopPromise<[UInt8]>, bytesMax: Int, endsWithHead: Bool) {
        self.promise = promise
        self.bytesMax = bytesMax
        self.endsWithHead = endsWithHead
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        guard bytes.count <= bytesMax else {
            promise.fail(HTTPExchange.Garbled())
            context.close(promise: nil)
            return
        }
        while endsWithHead, let end = bytes.firstRange(of: Self.headEnd) {
            // A head of 1xx comes before the answer (RFC 9110, section 15.2).
            guard bytes.starts(with: "HTTP/1.1 1".utf8) else {
                promise.succeed(bytes)
                return
            }
            bytes.removeSubrange(..<end.upperBound)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.succeed(bytes)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
