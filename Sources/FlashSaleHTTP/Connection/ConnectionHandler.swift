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
    let idle: IdleConnections<ConnectionHandler>
    let alarms: LoopAlarms
    private let peer: ClientAddress?
    /// Whether the peer is a proxy whose headers count.
    let isPeerTrusted: Bool
    let isSurplus: Bool
    let livePlace: LiveRequests.Place
    /// Where it stands in its class when requests are shed, unless it is a proxy's.
    let place: AdmissionPlace
    let turns: LoopTurns?
    var idlePlace: IdleConnections<ConnectionHandler>.Place?
    var state: HTTPConnectionState
    var context: ChannelHandlerContext?
    var begun: BegunRequest?
    var shed: ShedRequest?
    /// Parts of requests that came before the one at work was answered.
    var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// The error that ended the parsing. It is answered after the requests before it.
    var parserError: HTTPParserError?
    private var upgrades = OfferedUpgrades()
    /// Whether the client has shut its half of the connection: it sends no more, and may still read.
    private(set) var isInputClosed = false
    private(set) var isReadWanted = false
    private var isProceeding = false
    var task: Task<Void, Never>?
    private var exchangeCount: UInt64 = 0
    private var lastTarget: ReadTarget?
    var random = SplitMix64(seed: .random(in: .min ... .max))
    var date = CachedDate()
    private(set) var tracing: ExchangeTracing?

    init(
        environment: Environment, executor: EventLoopTaskExecutor, turns: LoopTurns?,
        idle: IdleConnections<ConnectionHandler>, alarms: LoopAlarms, peer: ClientAddress?, isSurplus: Bool
    ) {
        self.environment = environment
        self.executor = executor
        self.idle = idle
        self.alarms = alarms
        self.peer = peer
        isPeerTrusted = environment.proxies.trusts(peer)
        self.isSurplus = isSurplus
        livePlace = environment.live.open()
        place = AdmissionPlace(drawnBy: .random(in: .min ... .max))
        self.turns = turns
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
        environment.live.close(livePlace)
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
    func bytesArrived(_ count: Int) -> Bool {
        let now = MonotonicTime.now
        turns?.bytesArrived(at: now)
        let excess = state.bytesArrived(count, at: now)
        if excess == .bodyTooLarge { refuseBody() }
        return excess != .headerTooLarge
    }

    /// Whether a request has just ended that offered an upgrade. True once for each.
    func takeDeclinedUpgrade() -> Bool { upgrades.takeDeclined() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        upgrades.note(part)
        guard state.phase != .closing else { return }
        guard isBusy else { return take(part) }
        waiting.append(part)
        endRestForHolder()
    }

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty, state.readsMore { context.read() } else { isReadWanted = true }
    }

    /// A client that sends no more may still wait for its answers.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            let expectsMore = isBusy && state.phase != .resting || !waiting.isEmpty
            if !expectsMore || state.phase == .streaming { context.close(promise: nil) }
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
    private var isBusy: Bool { !state.takesRequests || isProceeding }

    private func fail(_ error: HTTPParserError) {
        let isTooLarge = if case .headerOverflow = error { true } else { false }
        if begun == nil, shed == nil {
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
    func proceed() {
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
        if isReadWanted, state.readsMore {
            isReadWanted = false
            context?.read()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let now = MonotonicTime.now
        if let idlePlace { idle.began(idlePlace) }
        var head = head
        head.headers.trimBlanks()
        var fault = state.headArrived(head, at: now)
        if let host = host(ofTarget: head.uri) {
            if !host.isHostWithPort { fault = fault ?? .host }
            head.headers.replaceOrAdd(name: "Host", value: String(host))
        }
        let target = target(of: head)
        let route = target.route
        if fault == nil, sheds(head, of: route) { return }
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
        livePlace.began(exchange)
        let deadline = Deadline.now + environment.limits.requestTimeout
        begun = BegunRequest(exchange: exchange, query: target.query, deadline: deadline)
        if let fault {
            environment.observer.rejected(fault.rejection)
            refuse(fault.problem)
        } else if exchange.refusal == nil, head.expectsContinue {
            let interim = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
            context?.writeAndFlush(wrapOutboundOut(interim), promise: nil)
        }
    }

    /// A client that asks the same again, as all do that wait in a line, has its target read once.
    private func target(of head: HTTPRequestHead) -> ReadTarget {
        if let lastTarget, lastTarget.text == head.uri { return lastTarget }
        let target = ReadTarget(head.uri, on: environment.routes)
        if head.method == .GET, target.isShort { lastTarget = target }
        return target
    }

    func client(of head: HTTPRequestHead) -> ClientAddress? {
        guard isPeerTrusted, let peer else { return peer }
        return environment.proxies.client(behind: peer, head.headers)
    }

    private func take(_ part: ByteBuffer) {
        guard begun != nil || shed != nil else { return }
        begun?.exchange.bodyBytes += part.readableBytes
        if !state.bodyArrived(part) { refuseBody() }
    }

    private func refuseBody() {
        environment.observer.rejected(.bodyTooLarge)
        refuse(Problem(.bodyTooLarge))
    }

    private func finish() {
        guard let begun else {
            guard shed != nil else { return }
            _ = state.endArrived()
            return refuseShed()
        }
        let body = state.endArrived(extra: environment.limits.extraTime(of: begun.exchange.route))
        if let refusal = begun.exchange.refusal {
            environment.observer.rejected(refusal == .draining ? .draining : .overload)
            refuse(Problem(refusal))
            return
        }
        let request = begun.complete(body: body)
        let routes = environment.routes
        let number = begun.exchange.number
        if let reply = routes.ready(request) { return deliver(reply, to: number) }
        guard let loop = context?.eventLoop else { return }
        let handler = NIOLoopBound(self, eventLoop: loop)
        let (context, trace) = (begun.exchange.context, begun.exchange.trace)
        let atWork = environment.door?.atWork
        atWork?.taskBegan()
        task = Task(executorPreference: executor) {
            let reply = await context.run(tracedBy: trace) { await routes.reply(to: request) }
            atWork?.taskEnded()
            handler.value.deliver(reply, to: number)
        }
    }
}
