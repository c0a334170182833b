// An HTTP/1.1 client for the collector. It keeps one connection open and sends one request at a time, with a time
// limit.

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import TLSClient
internal import Telemetry
internal import Textbook

/// Sends bodies to a collector. It connects if no connection is open.
///
/// Trust rule: one request is under way at a time; the exporter sees to that. Any error ends the connection, so that a
/// late answer is never taken for another request's.
final class CollectorClient: Sendable {
    private let endpoint: CollectorEndpoint
    private let trust: TLSPolicy?
    /// Fields of every request, but for the length of its body.
    private let fields: HTTPHeaders
    private let eventLoop: any EventLoop
    /// The open connection.
    private let channel: NIOLoopBoundBox<(any Channel)?>

    init(_ destination: CollectorDestination, eventLoop: any EventLoop) {
        endpoint = destination.endpoint
        trust = destination.trust
        var fields = HTTPHeaders([
            ("Host", destination.endpoint.server.description),
            ("User-Agent", "OTel-OTLP-Exporter-Swift/\(Self.version)"),
        ])
        for field in destination.headers { fields.replaceOrAdd(name: field.name, value: field.value) }
        // What the body is, nobody else knows.
        for name in ["Content-Length", "Content-Encoding", "Transfer-Encoding"] { fields.remove(name: name) }
        fields.replaceOrAdd(name: "Content-Type", value: "application/x-protobuf")
        if destination.compresses { fields.add(name: "Content-Encoding", value: "gzip") }
        self.fields = fields
        self.eventLoop = eventLoop
        channel = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    private static let version = "1.0"

    /// Posts a body. Returns `failed` if that takes longer than the limit, or if the task is cancelled.
    func send(_ body: [UInt8], within limit: Duration) async -> ExportAnswer {
        let promise = eventLoop.makePromise(of: ExportAnswer.self)
        return await withTaskCancellationHandler {
            eventLoop.execute { self.start(body, within: limit, promise) }
            if Task.isCancelled { abandon("cancelled", promise) }
            return (try? await promise.futureResult.get()) ?? .failed("no answer")
        } onCancel: {
            abandon("cancelled", promise)
        }
    }

    func close() async {
        try? await eventLoop.submit { self.channel.value?.close(promise: nil) }.get()
    }

    private func start(_ body: [UInt8], within limit: Duration, _ promise: EventLoopPromise<ExportAnswer>) {
        let alarm = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            self.abandon("no answer within \(limit)", promise)
        }
        promise.futureResult.whenComplete { _ in alarm.cancel() }
        if let open = channel.value, open.isActive { return post(body, over: open, promise) }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler())
                }
            }
        bootstrap.connect(host: endpoint.server.host, port: endpoint.server.port).assumeIsolated()
            .flatMap { channel -> EventLoopFuture<any Channel> in
                // A request that is given up from now on ends it.
                self.channel.value = channel
                guard let trust = self.trust else { return channel.eventLoop.makeSucceededFuture(channel) }
                return channel.secured(by: trust, with: self.endpoint.server.host, within: TimeAmount(limit))
            }
            .whenComplete { result in
                switch result {
                case .success(let channel): self.post(body, over: channel, promise)
                case .failure(let error):
                    promise.succeed(.failed("no connection to the collector: \(ConnectFailure(error))"))
                }
            }
    }

    private func post(_ body: [UInt8], over channel: any Channel, _ promise: EventLoopPromise<ExportAnswer>) {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: AnswerHandler.self) else {
            return promise.succeed(.failed("the connection to the collector was closed"))
        }
        handler.expect(promise)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: endpoint.path, headers: fields)
        head.headers.add(name: "Content-Length", value: String(body.count))
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// Gives up a request: its caller gets the reason, and the connection is not used again.
    private func abandon(_ why: String, _ promise: EventLoopPromise<ExportAnswer>) {
        eventLoop.execute {
            promise.succeed(.failed(why))
            self.channel.value?.close(promise: nil)
            self.channel.value = nil
        }
    }
}

/// Assembles an answer from its parts.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// Bytes of an answer's body that are read; the answers of collectors are short.
    private static let bodyBytesMax = 64 * 1_024

    private var promise: EventLoopPromise<ExportAnswer>?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    func expect(_ promise: EventLoopPromise<ExportAnswer>) {
        self.promise = promise
        head = nil
        body = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
        case .body(let part):
            body += part.readableBytesView.prefix(Self.bodyBytesMax - body.count)
        case .end:
            guard let head else { return }
            answer(
                .status(Int(head.status.code), retryAfter: head.headers.first(name: "Retry-After"), body: body))
            if !head.isKeepAlive { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer(.failed("the connection to the collector broke: \(error)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer(.failed("the collector closed the connection"))
        context.fireChannelInactive()
    }

    private func answer(_ answer: ExportAnswer) {
        promise?.succeed(answer)
        promise = nil
    }
}
