// The attackers that are no buyers: each takes a connection of its own, beside those that buyers share, and keeps it
// for as long as the service lets it. Nothing of theirs is journalled, as nothing of it can buy.

import NIOCore

extension Lane {
    /// How often one that reads nothing asks for another page.
    private static let askEvery = TimeAmount.milliseconds(100)

    /// Gives an attacker its connection.
    func occupy(_ slot: UInt32, as attack: Attack) {
        guard occupied.count < share else {
            drop()
            return leave(slot)
        }
        facts.attacks[attack, default: AttackFacts()].started += 1
        occupied[slot] = .some(nil)
        plan.dialer.open(on: eventLoop, within: plan.scenario.timeout) { $0.eventLoop.makeSucceededVoidFuture() }
            .whenComplete { result in
                guard case .success(let channel) = result else {
                    self.facts.attacks[attack]?.unopened += 1
                    return self.vacate(slot)
                }
                self.hold(channel, slot, as: attack)
            }
    }

    private func hold(_ channel: any Channel, _ slot: UInt32, as attack: Attack) {
        occupied[slot] = channel
        let opened = now
        channel.closeFuture.whenComplete { _ in
            if self.takesMore { self.facts.attacks[attack]?.ended.record(self.now - opened) }
            self.vacate(slot)
        }
        guard takesMore else { return channel.close(promise: nil) }
        guard attack == .unread else { return }
        // From now on the answers stay in the system's buffers, and then in the service's.
        channel.setOption(.autoRead, value: false).whenSuccess { self.ask(for: Attack.pipelined, over: channel) }
        // The end of a connection stands behind the answers that nobody reads. A request after it is answered at once.
        let asking = eventLoop.scheduleRepeatedTask(initialDelay: Self.askEvery, delay: Self.askEvery) { _ in
            if channel.isWritable { self.ask(for: 1, over: channel) }
        }
        channel.closeFuture.whenComplete { _ in asking.cancel() }
    }

    private func ask(for pages: Int, over channel: any Channel) {
        var buffer = channel.allocator.buffer(capacity: 128 * pages)
        for _ in 0..<pages { writer.writeLargePage(to: &buffer) }
        channel.writeAndFlush(buffer, promise: nil)
    }

    private func vacate(_ slot: UInt32) {
        occupied[slot] = nil
        leave(slot)
        turnSoon()
    }

    /// Lets the attackers go, because the run is over.
    func endAttacks() {
        for channel in occupied.values { channel?.close(promise: nil) }
    }
}
