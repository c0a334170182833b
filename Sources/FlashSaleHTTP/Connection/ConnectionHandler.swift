// The shell around HTTPConnectionState: it turns HTTP parts into requests, runs each on the loop's executor, and writes
// its answer.
//
// One request is at work at a time, and the next one starts when the last byte of the answer has left. So answers keep
// the order of the requests, and a client that reads no answers gets no further ones. Parts that a client sends ahead
// wait here, and while any wait, the connection reads nothing more.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    let environment: Environment
    private let executor: EventLoopTaskExecutor
    private let idle: IdleConnections<ConnectionHandler>
    private let peer: ClientAddress?
    /// Whether the peer is a proxy whose headers count.
    private let isPeerTrusted: Bool
    private let isSurplus: Bool
    private let place: LiveRequests.Place
    private var idlePlace: IdleConnections<ConnectionHandler>.Place?
    var state: HTTPConnectionState
    var context: ChannelHandlerContext?
    private var begun: BegunRequest?
    /// Parts of requests that came before the one at work was answered.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// The error that ended the parsing. It is answered after the requests before it.
    private var parserError: HTTPParserError?
    private var upgrades = OfferedUpgrades()
    /// Whether the client has shut its half of the connection: it sends no more, and may still read.
    private var isInputClosed = false
    private var (isReadWanted, isProceeding) = (false, false)
    var task: Task<Void, Never>?
    private var exchangeCount: UInt64 = 0
    private var random = SplitMix64(seed: .random(in: .min ... .max))
    private var date = CachedDate()
    private var tracing: ExchangeTracing?

    init(
        environment: Environment, executor: EventLoopTaskExecutor, idle: IdleConnections<ConnectionHandler>,
        peer: ClientAddress?, isSurplus: Bool
    ) {
        self.environment = environment
        self.executor = executor
        self.idle = idle
        self.peer = peer
        isPeerTrusted = environment.proxies.trusts(peer)
        self.isSurplus = isSurplus
        place = environment.live.open()
        state = HTTPConnectionState(limits: environment.limits, openedAt: .now, jitter: .random(in: 0...1))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        idlePlace = idle.opened(self, from: environment.bounds.network(of: peer))
        tracing = environment.tracer.map {
            ExchangeTracing(tracer: $0, channel: context.channel, followsCallers: isPeerTrusted)
        }
        setTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        environment.live.close(place)
        if let idlePlace { idle.closed(idlePlace) }
        idlePlace = nil
        self.context = nil
    }

    /// Closes, without a request, for a newer connection.
    func makeRoom() {
        if let idlePlace { idle.began(idlePlace) }
        context?.close(promise: nil)
    }

    /// Bytes arrived, before the parser sees them. False if they make the head too long.
    func bytesArrived(_ count: Int) -> Bool { state.bytesArrived(count, at: .now) }

    /// Whether a request has just ended that offered an upgrade. True once for each.
    func takeDeclinedUpgrade() -> Bool { upgrades.takeDeclined() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        upgrades.note(part)
        guard state.phase != .closing else { return }
        if isBusy { waiting.append(part) } else { take(part) }
    }

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty, state.phase != .sending { context.read() } else { isReadWanted = true }
    }

    /// A client that sends no more may still wait for its answers.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            if !isBusy, waiting.isEmpty { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, context.channel.isActive, state.phase != .closing else {
            if ListenerTLS.isFailedHandshake(error) { environment.observer.rejected(.handshake) }
            context.close(promise: nil)
            return
        }
        // The client has left in the middle of a request: there is nothing to answer.
        if error == .invalidEOFState { return }
        if isBusy { parserError = error } else { fail(error) }
    }

    /// Whether parts that arrive now must wait for the request before them.
    private var isBusy: Bool { state.phase == .answer || state.phase == .sending || isProceeding }

    private func fail(_ error: HTTPParserError) {
        let isTooLarge = if case .headerOverflow = error { true } else { false }
        if begun == nil {
            // Nothing of the request is known. The host keeps it from being refused for a missing one.
            begin(HTTPRequestHead(version: .http1_1, method: .RAW(value: "-"), uri: "", headers: ["Host": ""]))
        }
        environment.observer.rejected(isTooLarge ? .headerTooLarge : .badRequest)
        refuse(isTooLarge ? Problem(.headerTooLarge) : .validation([("request", "is not well-formed HTTP/1.1")]))
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        task = nil
        if let exchange = begun?.exchange {
            begun = nil
            environment.bounds.requestAnswered()
            end(exchange, status: Exchange.statusOfGoneClient, bytes: 0)
        }
        context.fireChannelInactive()
    }
}

// The parts of a request, as they arrive.
extension ConnectionHandler {
    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let part): take(part)
        case .end: finish()
        }
    }

    /// Goes on with the parts that came while a request was at work.
    private func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while state.takesRequests, let part = waiting.popFirst() { take(part) }
        if state.phase == .closing { waiting.removeAll() }
        guard waiting.isEmpty else { return }
        if let error = parserError, state.takesRequests {
            parserError = nil
            fail(error)
        }
        if isReadWanted, state.phase != .sending {
            isReadWanted = false
            context?.read()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let now = MonotonicTime.now
        if let idlePlace { idle.began(idlePlace) }
        let reason = state.headArrived(head, at: now)
        let (path, query) = splitTarget(head.uri)
        let route = environment.routes.route(of: path)
        exchangeCount += 1
        let id = head.headers.requestID ?? String(identifier: random.next())
        let exchange = Exchange(
            route: route, head: head, context: RequestContext(requestID: id),
            startedAt: now, client: client(of: head), isKeepAlive: head.isKeepAlive && head.version == .http1_1,
            number: exchangeCount
        )
        exchange.refusal = environment.bounds.requestBegan(
            isProbe: route.isProbe, isScrape: route == .metrics)
        if isSurplus { exchange.refusal = .overloaded }
        exchange.trace = tracing?.begin(exchange)
        environment.observer.began()
        place.began(exchange)
        let deadline = Deadline.now + environment.limits.requestTimeout
        begun = BegunRequest(exchange: exchange, query: query, deadline: deadline)
        if reason == .validation {
            environment.observer.rejected(.badRequest)
            refuse(.validation([("Host", "must be given once")]))
        } else if let reason {
            environment.observer.rejected(reason == .bodyTooLarge ? .bodyTooLarge : .headerTooLarge)
            refuse(Problem(reason))
        } else if exchange.refusal == nil, head.expectsContinue {
            let interim = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
            context?.writeAndFlush(wrapOutboundOut(interim), promise: nil)
        }
    }

    private func client(of head: HTTPRequestHead) -> ClientAddress? {
        guard isPeerTrusted, let peer else { return peer }
        return environment.proxies.client(behind: peer, head.headers)
    }

    private func take(_ part: ByteBuffer) {
        guard begun != nil else { return }
        begun?.exchange.bodyBytes += part.readableBytes
        if !state.bodyArrived(part) {
            environment.observer.rejected(.bodyTooLarge)
            refuse(Problem(.bodyTooLarge))
        }
    }

    private func finish() {
        guard let begun else { return }
        let body = state.endArrived(extra: environment.limits.extraTime(of: begun.exchange.route))
        if let refusal = begun.exchange.refusal {
            environment.observer.rejected(refusal == .draining ? .draining : .overload)
            refuse(Problem(refusal))
            return
        }
        let request = begun.complete(body: body)
        let routes = environment.routes
        let number = begun.exchange.number
        guard let loop = context?.eventLoop else { return }
        let handler = NIOLoopBound(self, eventLoop: loop)
        let (context, trace) = (begun.exchange.context, begun.exchange.trace)
        task = Task(executorPreference: executor) {
            let reply = await context.run(tracedBy: trace) { await routes.reply(to: request) }
            handler.value.deliver(reply, to: number)
        }
    }
}

// The answer.
extension ConnectionHandler {
    private func deliver(_ reply: Reply, to number: UInt64) {
        guard let begun, begun.exchange.number == number else { return }
        switch reply {
        case .answer(let answer): write(answer)
        case .problem(let problem):
            if problem.reason == .rateLimited { environment.observer.rejected(.rateLimited) }
            refuse(problem)
        }
    }

    func refuse(_ problem: Problem) {
        guard let begun else { return }
        self.begun?.exchange.refusedFor = problem.reason
        if problem.reason == .internal { environment.observer.failed(begun.exchange) }
        write(problem.answer(requestID: begun.exchange.id, jitter: random.next()))
    }

    private func write(_ routeAnswer: Answer) {
        guard let exchange = begun?.exchange, let context else { return }
        let answer = environment.crossOrigin?.marked(routeAnswer, to: exchange) ?? routeAnswer
        let isLast =
            !exchange.isKeepAlive || isSurplus || state.phase != .answer || environment.bounds.isDraining
            || isInputClosed && waiting.isEmpty
        begun = nil
        task = nil
        let now = MonotonicTime.now
        state.answered(isLast: isLast, at: now)
        environment.bounds.requestAnswered()
        environment.observer.answering(exchange, at: now)
        let bytes = exchange.method == .HEAD ? 0 : answer.body.readableBytes
        var message = ByteBuffer(
            answer, date: date.text(), requestID: exchange.id, keptFor: isLast ? nil : environment.limits.idleTimeout,
            trace: exchange.trace?.rootContext)
        if bytes > 0 { message.writeImmutableBuffer(answer.body) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            let isWritten = if case .success = result { true } else { false }
            self.end(exchange, status: isWritten ? Int(answer.status.code) : Exchange.statusOfGoneClient, bytes: bytes)
            if isWritten { self.sent() }
        }
        context.writeAndFlush(wrapOutboundOut(message), promise: promise)
        if state.phase == .sending { state.stalled(at: context.channel.unsentBytes) }
    }

    /// The answer has left. The connection closes, or goes on with the parts that wait.
    private func sent() {
        let isLast = state.sent(at: .now)
        if !isLast, let idlePlace { idle.waits(idlePlace) }
        if isLast || isInputClosed && waiting.isEmpty { context?.close(mode: .output, promise: nil) }
        if !waiting.isEmpty || parserError != nil || isReadWanted { proceed() }
    }

    private func end(_ exchange: Exchange, status: Int, bytes: Int) {
        if exchange.route == .metrics { environment.bounds.scrapeEnded() }
        place.ended(exchange)
        let now = MonotonicTime.now
        let exemplar = tracing?.end(exchange, status: status, reason: exchange.refusedFor, at: now)
        environment.observer.ended(exchange, status: status, bytes: bytes, at: now, exemplar: exemplar)
    }
}
