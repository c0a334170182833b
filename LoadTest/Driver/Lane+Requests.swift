// The requests of a lane: from an errand to a connection, into the journal, onto the wire, and back.

import Audit
import NIOCore
import NIOPosix
import TLSClient

extension Lane {
    // MARK: - Out

    /// Gives a request a connection, or a place in the queue for one.
    func enqueue(_ pending: Pending) {
        if let connection = kept.removeValue(forKey: pending.slot) ?? idle.popLast() {
            outbox.append(Addressed(connection: connection, pending: pending))
            return
        }
        // In a closed loop no more requests can wait than there are buyers.
        guard isClosed || waiting.count < Self.waitingMax else {
            drop()
            return giveUp(pending.slot)
        }
        waiting.append(pending)
        openIfNeeded()
    }

    /// The most connections that the lane may have.
    var share: Int {
        max(1, plan.scenario.connections / lanes + (number < plan.scenario.connections % lanes ? 1 : 0))
    }

    /// Opens all connections before the run, a few at a time: opening them is more work than sending on them, and would
    /// make the lane late just when all buyers come.
    ///
    /// - Returns: succeeds when they are open, or cannot be.
    func warmUp() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            let wanted = min(share, plan.scenario.load.buyersAtATime ?? .max)
            let chains = (0..<min(wanted, Self.openingAtATime)).map { _ in openOneAfterAnother(wanted) }
            return EventLoopFuture.andAllComplete(chains, on: eventLoop)
        }
    }

    private func openOneAfterAnother(_ wanted: Int) -> EventLoopFuture<Void> {
        guard connections.count + opening < wanted else { return eventLoop.makeSucceededVoidFuture() }
        return open().flatMap { isOpen in
            isOpen ? self.openOneAfterAnother(wanted) : self.eventLoop.makeSucceededVoidFuture()
        }
    }

    private func openIfNeeded() {
        guard opening < waiting.count, connections.count + opening < share else { return }
        _ = open()
    }

    /// - Returns: whether there is one more connection now. It never fails.
    private func open() -> EventLoopFuture<Bool> {
        opening += 1
        let channel = plan.dialer.open(on: eventLoop, within: plan.scenario.timeout) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(WireConnection(owner: self))
            }
        }
        return
            channel
            .map { channel in
                self.opening -= 1
                guard let connection = try? channel.pipeline.syncOperations.handler(type: WireConnection.self),
                    connection.isOpen
                else {
                    self.connectFailed("a connection ended at once")
                    return false
                }
                connection.index = self.connections.count
                self.connections.append(connection)
                self.free(connection)
                self.turnSoon()
                return true
            }
            .flatMapErrorThrowing { error in
                self.opening -= 1
                self.connectFailed("no connection: \(ConnectFailure(error))")
                return false
            }
    }

    /// The request at the head of the queue has failed: it was never sent, and that is its outcome.
    private func connectFailed(_ problem: String) {
        problems[problem, default: 0] += 1
        if let pending = waiting.popFirst() {
            let waited = now - pending.intended
            record(pending.errand, .error, of: pending.slot, response: waited, service: waited)
            hear(Reply(outcome: .unknown), pending.slot)
        }
        if maySend { openIfNeeded() }
        turnSoon()
    }

    /// A buyer that holds something goes on where it is, as a browser does: another connection may have to wait for a
    /// refusal that its last buyer got. Half of the connections stay for those that come.
    private func keepOrFree(_ connection: WireConnection, for slot: UInt32, given code: String?) {
        guard let buyer = buyer(slot), code ?? buyer.code != nil, kept[slot] == nil, kept.count < share / 2 else {
            return free(connection)
        }
        kept[slot] = connection
    }

    /// A buyer does not go on soon, or never.
    func freeKept(by slot: UInt32) {
        if let connection = kept.removeValue(forKey: slot) { free(connection) }
    }

    /// A connection is free: waiting requests get it first.
    private func free(_ connection: WireConnection) {
        if let pending = waiting.popFirst() {
            outbox.append(Addressed(connection: connection, pending: pending))
        } else {
            idle.append(connection)
        }
    }

    /// Sends the requests of this turn, after the journal has them.
    func flush() {
        guard !outbox.isEmpty else {
            writeLines()
            return
        }
        swap(&outbox, &batch)
        defer { batch.removeAll(keepingCapacity: true) }
        guard maySend else { return abandonBatch() }
        let sent = now
        for entry in batch {
            let pending = entry.pending
            entry.connection.exchange = WireConnection.Exchange(
                id: nextRequest, slot: pending.slot, errand: pending.errand, intended: pending.intended, sent: sent)
            if !isRaw {
                let buyer = buyer(pending.slot)
                JournalLine.sent(
                    nextRequest, at: sent - start, buyer: buyer?.number ?? 0, pending.errand, code: buyer?.code,
                    ticket: buyer?.ticket(for: pending.errand), to: &lines)
            }
            nextRequest += UInt64(lanes)
        }
        guard writeLines() else { return abandonBatch() }
        inFlight += batch.count
        for entry in batch {
            var buffer = entry.connection.makeBuffer(capacity: 256)
            writer.write(entry.pending.errand, of: buyer(entry.pending.slot), to: &buffer)
            entry.connection.send(buffer)
        }
    }

    private func buyer(_ slot: UInt32) -> Buyer? {
        slot == Self.nobody ? nil : buyers[Int(slot)]
    }

    /// A request that the journal does not have is not sent.
    private func abandonBatch() {
        for entry in batch {
            entry.connection.exchange = nil
            idle.append(entry.connection)
            drop()
        }
    }

    @discardableResult
    func writeLines() -> Bool {
        guard !lines.isEmpty else { return true }
        defer { lines.removeAll(keepingCapacity: true) }
        return plan.journal?.write(lines) ?? true
    }

    // MARK: - In

    func connection(_ connection: WireConnection, answered answer: WireAnswer) {
        guard let exchange = connection.exchange else { return }
        connection.exchange = nil
        inFlight -= 1
        let endpoint = exchange.errand.endpoint
        let content = AnswerContent(answer.body, endpoint: endpoint, status: answer.status)
        var outcome = Outcome(status: answer.status, reason: content.reason)
        if isRaw, answer.status < 500 { outcome = answer.status < 400 ? .won : .error }
        if outcome == .won, !content.isKnown {
            outcome = .error
            facts.garbled += 1
            problems["an answer that is not from this API", default: 0] += 1
        }
        // The documented answer to a ticket that is none of this buyer.
        if outcome == .error, content.reason == .validation, exchange.errand == .knock(.other) { outcome = .refused }
        facts.bytesReceived += answer.body.readableBytes
        end(exchange, outcome, status: answer.status, content)
        if !answer.closes { keepOrFree(connection, for: exchange.slot, given: content.code) }
        hear(
            Reply(
                outcome: outcome, reason: content.reason, code: content.code, retryAfter: answer.retryAfter,
                queue: content.queue, strangersTicket: lastTicket),
            exchange.slot)
        if exchange.errand == .join, let ticket = content.queue?.ticket { lastTicket = ticket }
        turnSoon()
    }

    func connectionEnded(_ connection: WireConnection, problem: String?) {
        if connection.index < connections.count, connections[connection.index] === connection {
            connections.swapAt(connection.index, connections.count - 1)
            connections[connection.index].index = connection.index
            connections.removeLast()
        }
        idle.removeAll { $0 === connection }
        if let keeper = kept.first(where: { $0.value === connection })?.key { kept[keeper] = nil }
        // A request that was not yet sent on it waits for another connection.
        outbox.removeAll { entry in
            guard entry.connection === connection else { return false }
            waiting.prepend(entry.pending)
            return true
        }
        if let exchange = connection.exchange {
            connection.exchange = nil
            inFlight -= 1
            let isGarbage = problem != nil
            if isGarbage { facts.garbled += 1 }
            let loss =
                connection.isOverdue ? "no answer before the timeout" : "a connection was lost with a request on it"
            problems[problem ?? loss, default: 0] += 1
            end(exchange, isGarbage ? .error : .unknown, status: 0, AnswerContent())
            hear(Reply(outcome: .unknown), exchange.slot)
        } else if let problem {
            problems[problem, default: 0] += 1
        }
        if maySend, !waiting.isEmpty { openIfNeeded() }
        turnSoon()
    }

    func end(_ exchange: WireConnection.Exchange, _ outcome: Outcome, status: Int, _ content: AnswerContent) {
        let answered = now
        record(
            exchange.errand, outcome, of: exchange.slot, response: answered - exchange.intended,
            service: answered - exchange.sent)
        guard !isRaw else { return }
        JournalLine.answered(exchange.id, at: answered - start, status: status, outcome, content, to: &lines)
        if let news = content.queue { note(news, of: exchange, at: answered) }
        if case .checkout(let item) = exchange.errand, content.reason == .itemSold { shelf.markSold(item) }
        if let expires = content.expiresAt {
            let seconds = Double(expires - WallClock.now / 1_000_000) / 1e3
            holdSeconds = min(max(1, seconds), Double(WireAnswer.waitMax))
        }
    }

    private func note(_ news: QueueNews, of exchange: WireConnection.Exchange, at answered: Int64) {
        guard exchange.errand == .line else { return JournalLine.place(exchange.id, news, to: &lines) }
        JournalLine.line(exchange.id, at: answered - start, news, tellsDraw: news.draw != lastDraw, to: &lines)
        lastDraw = news.draw
        if let called = news.called, let waiting = news.waiting {
            tally.note(LineGlance(called: called, waiting: waiting))
        }
    }

    private func record(_ errand: Errand, _ outcome: Outcome, of slot: UInt32, response: Int64, service: Int64) {
        facts.record(errand.endpoint, outcome, response: response, service: service)
        tally.record(outcome, response: response)
        var traits = RequestTraits(
            endpoint: errand.endpoint, outcome: outcome, buyer: buyer(slot)?.kind,
            moment: Double(now - start) / 1e9 / max(plan.scenario.seconds, 1e-9), response: Double(response) / 1e9)
        if case .checkout(let item) = errand { traits.isHot = item <= Int32(shelf.hotCount) }
        facts.record(traits)
    }

    /// Closes the connections of requests that take too long; their outcome is unknown from now on.
    func closeOverdue(_ moment: Int64) {
        let timeout = Int64(plan.scenario.timeout * 1e9)
        for connection in connections {
            guard let exchange = connection.exchange, moment - exchange.sent > timeout else { continue }
            connection.isOverdue = true
            connection.close()
        }
        closeOverdueStreams(moment, after: timeout)
    }
}
