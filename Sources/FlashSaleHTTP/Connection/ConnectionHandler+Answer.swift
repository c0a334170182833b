// The answers of a connection: each leaves whole before the next request is taken.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

extension ConnectionHandler {
    func deliver(_ reply: consuming Reply, to number: UInt64) {
        guard let begun, begun.exchange.number == number else { return reply.giveBack() }
        switch consume reply {
        case .answer(let answer): write(answer)
        case .stream(let pass): become(pass)
        case .problem(let problem):
            if problem.reason == .rateLimited { environment.observer.rejected(.rateLimited) }
            refuse(problem)
        }
    }

    func refuse(_ problem: Problem) {
        guard let begun else { return refuseShed() }
        self.begun?.exchange.refusedFor = problem.reason
        if problem.reason == .internal { environment.observer.failed(begun.exchange) }
        var answer = problem.answer(requestID: begun.exchange.id, jitter: random.next())
        // A flow's refusal is of the buyer's own rate; the front's is of a network's.
        if case .refusal(let refusal) = problem, refusal.reason == .rateLimited {
            answer.fields += environment.rateFields
        }
        write(answer)
    }

    /// Whether the connection closes after the answer to the request at work, whatever its client wants.
    var mustClose: Bool {
        isSurplus || state.phase != .answer || environment.bounds.isDraining || isInputClosed && waiting.isEmpty
    }

    private func write(_ answer: consuming Answer) {
        guard let exchange = begun?.exchange, let context else { return }
        environment.crossOrigin?.mark(&answer, to: exchange.head, of: exchange.route)
        let isLast = !exchange.isKeepAlive || mustClose
        begun = nil
        task = nil
        let now = MonotonicTime.now
        state.answered(isLast: isLast, at: now)
        environment.bounds.requestAnswered()
        environment.observer.answering(exchange, at: now)
        let status = Int(answer.status.code)
        let bytes = exchange.method == .HEAD ? 0 : answer.body.readableBytes
        var message = ByteBuffer(
            answer, date: date.text(), requestID: exchange.id, keptFor: isLast ? nil : environment.limits.idleTimeout,
            trace: exchange.trace?.rootContext)
        if bytes > 0 { message.writeImmutableBuffer(answer.body) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            let isWritten = if case .success = result { true } else { false }
            self.end(exchange, status: isWritten ? status : Exchange.statusOfGoneClient, bytes: bytes)
            if isWritten { self.sent() }
        }
        context.writeAndFlush(wrapOutboundOut(message), promise: promise)
        if state.phase == .sending { state.stalled(at: context.channel.unsentBytes) }
    }

    /// The answer has left. The connection closes, or goes on with the parts that wait.
    func sent() {
        let isLast = state.sent(at: .now)
        if !isLast, let idlePlace { idle.waits(idlePlace) }
        if isLast || isInputClosed && waiting.isEmpty { context?.close(mode: .output, promise: nil) }
        if let rest = state.rest { return self.rest(for: rest) }
        if !waiting.isEmpty || parserError != nil || isReadWanted { proceed() }
    }

    func end(_ exchange: Exchange, status: Int, bytes: Int) {
        if exchange.route == .metrics { environment.bounds.scrapeEnded() }
        livePlace.ended(exchange)
        let now = MonotonicTime.now
        let exemplar = tracing?.end(exchange, status: status, reason: exchange.refusedFor, at: now)
        environment.observer.ended(exchange, status: status, bytes: bytes, at: now, exemplar: exemplar)
    }
}
