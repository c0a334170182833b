// Requests that an overloaded service sheds. Their heads decide, before a body is read or a task begins.
//
// The answer comes when the last byte of the request has: a body is counted and dropped, and a body over the limit or
// too slow closes the connection, as it would otherwise. A client that waits for `100 Continue` gets its answer at
// once, on a connection that closes: nobody knows whether its body will come. After the answer the connection rests:
// the next request waits. So a client that does not wait for `Retry-After` costs little. What it sent meanwhile is shed
// as well, at any level: it has waited too long to be served in time. A holder's request ends the rest.
//
// While a crowd is at work others are shed: the level hears of a crowd only when it has waited.
//
// A trusted proxy's connection carries the requests of many visitors. Each of them stands by its address, whatever
// connection its request takes, and the connection never rests: the next request on it may be a holder's.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

extension ConnectionHandler {
    /// A request that is shed, until its last byte has come.
    struct ShedRequest {
        let head: HTTPRequestHead
        let route: Route
        /// Whether the connection rests afterwards. It does not if the level lets it in, or if it is a proxy's.
        let rests: Bool
    }

    /// Sheds a request, if its class and its connection are above the level, or if a crowd is at work.
    func sheds(_ head: HTTPRequestHead, of route: Route) -> Bool {
        guard let door = environment.door else { return false }
        let kind = route.requestClass(of: head.method)
        let place = place(of: head, at: door).place(of: kind)
        let isCrowd = door.atWork.isCrowd
        if door.admit(kind, at: place, isEager: state.isEager, isCrowd: isCrowd) { return false }
        shed = ShedRequest(head: head, route: route, rests: !isPeerTrusted && (isCrowd || !door.admits(place)))
        if head.expectsContinue { refuseShed() }
        return true
    }

    /// Where the visitor stands who sent a request.
    private func place(of head: HTTPRequestHead, at door: AdmissionDoor) -> AdmissionPlace {
        guard isPeerTrusted, !door.isWhole, let client = client(of: head) else { return place }
        return client.admissionPlace
    }

    /// Answers the request that is shed.
    func refuseShed() {
        guard let shed, let context, let door = environment.door else { return }
        self.shed = nil
        let isKeepAlive = shed.head.isKeepAlive && shed.head.version == .http1_1
        let isLast = !isKeepAlive || mustClose
        let jitter = random.next()
        let rest = AdmissionDoor.rest(of: Problem.retryAfter(jitter), drawnBy: &random)
        state.answered(isLast: isLast, restingFor: shed.rests ? rest : nil, at: .now)
        send(refusal(of: shed, isLast: isLast, jitter: jitter, door), over: context)
    }

    private func refusal(of shed: ShedRequest, isLast: Bool, jitter: UInt64, _ door: AdmissionDoor) -> ByteBuffer {
        let number = random.next()
        let given = shed.head.headers.requestID
        if given == nil, environment.crossOrigin == nil, shed.head.method != .HEAD {
            let refusal = isLast ? door.lastRefusal : door.refusal
            return refusal.bytes(id: String(identifier: number), date: date.text(), jitter: jitter)
        }
        let id = given ?? String(identifier: number)
        var answer = Problem(.overloaded).answer(requestID: id, jitter: jitter)
        environment.crossOrigin?.mark(&answer, to: shed.head, of: shed.route)
        var bytes = ByteBuffer(
            answer, date: date.text(), requestID: id, keptFor: isLast ? nil : environment.limits.idleTimeout)
        if shed.head.method != .HEAD { bytes.writeImmutableBuffer(answer.body) }
        return bytes
    }

    private func send(_ bytes: ByteBuffer, over context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { self.sent() }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        if state.phase == .sending { state.stalled(at: context.channel.unsentBytes) }
    }

    /// The connection's rest begins.
    func rest(for pause: Duration) {
        alarms.set(in: pause) { [weak self] in
            guard let self, self.state.rested(at: .now) else { return }
            self.proceed()
        }
        endRestForHolder()
        proceed()
    }

    /// Ends the rest early if what has come meanwhile is let in at any level, or everything is let in again.
    func endRestForHolder() {
        guard state.phase == .resting, case .head(let head)? = waiting.first, let door = environment.door else {
            return
        }
        let kind = environment.routes.route(of: splitTarget(head.uri).path).requestClass(of: head.method)
        guard door.admits(place(of: head, at: door).place(of: kind), isEager: true) else { return }
        if state.rested(at: .now, isEarly: true) { proceed() }
    }
}
