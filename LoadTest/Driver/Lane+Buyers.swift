// The buyers of a lane: their places, and what follows from their decisions.

extension Lane {
    /// The place of a raw request, which has no buyer.
    static let nobody = UInt32.max

    /// A buyer was due at this moment.
    func beginVisit(at intended: Int64) {
        facts.started += 1
        tally.started += 1
        guard !isRaw else { return enqueue(Pending(slot: Self.nobody, errand: .raw, intended: intended)) }
        guard activeBuyers < Self.buyersMax else { return drop() }
        let slot = newSlot()
        note(lag: now - intended)
        perform(buyers[Int(slot)]?.wake(shelf) ?? .leave, slot, intended: intended)
    }

    /// A place for a buyer, and a buyer in it.
    func newSlot() -> UInt32 {
        let buyer = Buyer(number: nextBuyer, kind: plan.scenario.mix.draw(&random), seed: plan.scenario.seed)
        nextBuyer += UInt32(lanes)
        activeBuyers += 1
        if let slot = freeSlots.popLast() {
            buyers[Int(slot)] = buyer
            return slot
        }
        buyers.append(buyer)
        return UInt32(buyers.count - 1)
    }

    /// A pause is over.
    func wake(_ slot: UInt32, due: Int64, now: Int64) {
        guard maySend else { return leave(slot) }
        note(lag: now - due)
        perform(buyers[Int(slot)]?.wake(shelf) ?? .leave, slot, intended: due)
    }

    func hear(_ reply: Reply, _ slot: UInt32) {
        guard slot != Self.nobody else {
            if isClosed, takesMore { beginVisit(at: now) }
            return
        }
        guard let decision = buyers[Int(slot)]?.hear(reply, holdSeconds: holdSeconds) else { return }
        perform(decision, slot, intended: now)
    }

    /// A request of the buyer was dropped.
    func giveUp(_ slot: UInt32) {
        guard slot != Self.nobody, let decision = buyers[Int(slot)]?.giveUp() else { return }
        perform(decision, slot, intended: now)
    }

    private func perform(_ decision: Buyer.Decision, _ slot: UInt32, intended: Int64) {
        switch decision {
        case .send(.listen):
            listen(slot, intended: intended)
        case .send(let errand):
            enqueue(Pending(slot: slot, errand: errand, intended: intended))
        case .sendTwice(let errand):
            enqueue(Pending(slot: slot, errand: errand, intended: intended))
            enqueue(Pending(slot: slot, errand: errand, intended: intended))
        case .pause(let nanoseconds):
            if nanoseconds > Self.keptFor { freeKept(by: slot) }
            wheel.schedule(slot, at: now + nanoseconds)
        case .occupy(let attack):
            occupy(slot, as: attack)
        case .wait:
            break
        case .leave:
            leave(slot)
        }
    }

    func leave(_ slot: UInt32) {
        freeKept(by: slot)
        buyers[Int(slot)] = nil
        freeSlots.append(slot)
        activeBuyers -= 1
        guard isClosed, takesMore else { return }
        facts.started += 1
        tally.started += 1
        wheel.schedule(newSlot(), at: now)
    }

    private func note(lag nanoseconds: Int64) {
        facts.record(lag: nanoseconds)
        if nanoseconds > Facts.lateFrom { tally.late += 1 }
    }

    func drop() {
        facts.dropped += 1
        tally.dropped += 1
    }
}
