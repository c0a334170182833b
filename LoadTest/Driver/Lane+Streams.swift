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
                problems["no connection for a stream of events", default: 0] += 1
                end(exchange, .error, status: 0, AnswerContent())
                leave(slot)
                return turnSoon()
            }
            streams[ObjectIdentifier(stream)] = stream
            stream.send(request)
        }
    }

    func stream(_ stream: EventStream, opened status: Int) {
        let outcome = Outcome(status: status, reason: nil)
        end(stream.exchange, outcome, status: status, AnswerContent())
        if outcome != .won { leave(stream) }
        turnSoon()
    }

    func stream(_ stream: EventStream, told event: ByteBuffer) {
        guard let news = AnswerContent(event, endpoint: .events, status: 200).queue else { return }
        JournalLine.line(stream.exchange.id, at: now - start, news, to: &lines)
        if news.isEnd { leave(stream) }
        turnSoon()
    }

    func streamEnded(_ stream: EventStream) {
        leave(stream)
        turnSoon()
    }

    private func leave(_ stream: EventStream) {
        guard streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
        stream.close()
        leave(stream.exchange.slot)
    }
}
