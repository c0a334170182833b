// The listeners of a lane: each has a connection of its own, beside those that requests share.

import Audit
import NIOCore

extension Lane: EventStreamOwner {
    /// Opens a stream for a buyer.
    func listen(_ slot: UInt32, intended: Int64) {
        let exchange = WireConnection.Exchange(
            id: nextRequest, slot: slot, errand: .listen, intended: intended, sent: now)
        nextRequest += UInt64(lanes)
        let buyer = buyers[Int(slot)]
        JournalLine.sent(
            exchange.id, at: exchange.sent - start, buyer: buyer?.number ?? 0, .listen, code: nil, to: &lines)
        guard maySend, writeLines() else { return leave(slot) }
        inFlight += 1
        var request = ByteBuffer()
        writer.write(.listen, of: buyer, to: &request)
        plan.dialer.open(on: eventLoop, within: plan.scenario.timeout) { [self] channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(EventStream(exchange, owner: self))
            }
        }.assumeIsolated().whenComplete { [self] result in
            guard case .success(let channel) = result,
                let stream = try? channel.pipeline.syncOperations.handler(type: EventStream.self)
            else {
                settle(exchange, .error, status: 0, because: "no connection for a stream of events")
                leave(slot)
                return turnSoon()
            }
            newStreams[ObjectIdentifier(stream)] = stream
            stream.send(request)
        }
    }

    func stream(_ stream: EventStream, opened head: EventStream.Head) {
        guard !head.isOfEvents else { return }
        let outcome = Outcome(status: head.status, reason: nil)
        settle(
            stream.exchange, outcome == .won ? .error : outcome, status: head.status,
            because: outcome == .shed ? nil : "no stream of events")
        leave(stream)
        turnSoon()
    }

    func stream(_ stream: EventStream, told event: ByteBuffer) {
        guard let news = AnswerContent(event, endpoint: .events, status: 200).queue else { return }
        if newStreams.removeValue(forKey: ObjectIdentifier(stream)) != nil {
            streams[ObjectIdentifier(stream)] = stream
            settle(stream.exchange, .won, status: 200)
        }
        JournalLine.line(stream.exchange.id, at: now - start, news, to: &lines)
        if news.isEnd { leave(stream) }
        turnSoon()
    }

    func streamEnded(_ stream: EventStream) {
        if newStreams[ObjectIdentifier(stream)] != nil {
            lose(stream, because: "a connection was lost with a request on it")
        } else {
            leave(stream)
        }
        turnSoon()
    }

    /// Closes the streams that have not said in time how the sale stands.
    func closeOverdueStreams(_ moment: Int64, after timeout: Int64) {
        for stream in newStreams.values where moment - stream.exchange.sent > timeout {
            lose(stream, because: "no answer before the timeout")
        }
    }

    /// A listener has heard nothing: there was no answer, or it was none to it.
    private func lose(_ stream: EventStream, because problem: String) {
        settle(
            stream.exchange, stream.head == nil ? .unknown : .error, status: stream.head?.status ?? 0, because: problem)
        leave(stream)
    }

    /// A listener's request has its outcome: it wins by the first event that says how the sale stands.
    private func settle(
        _ exchange: WireConnection.Exchange, _ outcome: Outcome, status: Int, because problem: String? = nil
    ) {
        inFlight -= 1
        if let problem { problems[problem, default: 0] += 1 }
        end(exchange, outcome, status: status, AnswerContent())
    }

    private func leave(_ stream: EventStream) {
        let id = ObjectIdentifier(stream)
        guard (streams.removeValue(forKey: id) ?? newStreams.removeValue(forKey: id)) != nil else { return }
        stream.close()
        leave(stream.exchange.slot)
    }
}
