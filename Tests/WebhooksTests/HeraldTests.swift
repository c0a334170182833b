// The herald over the ledger in memory, with a receiver that answers as a test says.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@testable import Webhooks

@Suite("The herald") struct HeraldTests {
    /// A herald, its ledger, and what its receiver was sent.
    private final class Scene: Sendable {
        let ledger = InMemoryEventLedger()
        let clock = ManualClock()
        let instruments = Instruments().webhook
        private let answers: Mutex<[WebhookAnswer]>
        private let posted = Mutex<[String]>([])
        private let poison = Mutex<[String: WebhookAnswer]>([:])
        private let start = ContinuousClock.now

        /// The last answer is for all later messages.
        init(_ answers: WebhookAnswer...) { self.answers = Mutex(answers) }

        var sent: [String] { posted.withLock(\.self) }

        /// From now on the receiver answers an event so, whatever it answers others.
        func answer(_ event: String, with answer: WebhookAnswer) { poison.withLock { $0[event] = answer } }

        func herald(beforeAnswer: @escaping @Sendable () -> Void = {}) throws -> Herald {
            let id = try #require(LedgerID("0123456789abcdef"))
            let start = (clock.now, start)
            return Herald(
                of: id, ledger: ledger, now: { self.clock.now }, clock: { start.1 + (self.clock.now - start.0) },
                instruments: instruments, logger: Logger(label: "herald") { _ in SwiftLogNoOpLogHandler() }
            ) { message, seconds in
                #expect(seconds == self.clock.now.microseconds / 1_000_000)
                let event = String(message.id.split(separator: "_")[2])
                self.posted.withLock { $0.append(event) }
                beforeAnswer()
                if let answer = self.poison.withLock({ $0[event] }) { return answer }
                return self.answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            }
        }

        func sell(_ count: Int, of sale: Int32 = 1) {
            for _ in 0..<count { ledger.append(of: SaleID(sale), at: clock.now) }
        }
    }

    @Test("The ledger in memory keeps the rules of the seam", arguments: EventLedgerConformance.all)
    func conformance(rule: EventLedgerRule) async throws {
        let (ledger, clock) = (InMemoryEventLedger(), ManualClock())
        try await rule.run(
            on: EventLedgerScene(
                ledger: ledger, sale: SaleID(1), sell: { _ in ledger.append(of: SaleID(1), at: clock.now) },
                nextFence: { ledger.nextFence() }))
    }

    @Test("Events of all sales are told once, in their order, a turn of each")
    func tells() async throws {
        let scene = Scene(.taken)
        scene.sell(Herald.eventsPerTurn + 1)
        scene.sell(2, of: 2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        #expect(try await herald.tick(fence) == .again(after: .zero))
        let turn = Herald.eventsPerTurn
        #expect(scene.sent == ((1...turn) + [turn + 2, turn + 3]).map(String.init))
        #expect(try await herald.tick(fence) == .done)
        #expect(scene.sent.last == "\(turn + 1)")
        #expect(try await herald.tick(fence) == .done)
        #expect(scene.sent.count == turn + 3)
        #expect(scene.instruments.eventsTotal.value(EventLabels(.orderPlaced, .taken)) == UInt64(turn + 3))
    }

    @Test(
        "An event that was not taken is told again, before any other of its sale, and longer and longer after",
        arguments: [.refused(status: 500, retryAfter: nil), .refused(status: 302, retryAfter: nil), .noAnswer("")]
            as [WebhookAnswer])
    func again(failure: WebhookAnswer) async throws {
        let scene = Scene(failure, failure, failure, .taken)
        scene.sell(2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        for failures in 1...3 {
            #expect(try await herald.tick(fence) == .done)
            #expect(scene.sent == Array(repeating: "1", count: failures))
            #expect(scene.ledger.told(SaleID(1)) == 0, "nothing was taken")
            // At least half of the longest wait.
            scene.clock.advance(by: .milliseconds(490 << (failures - 1)))
            #expect(try await herald.tick(fence) == .done)
            #expect(scene.sent.count == failures, "it rests")
            scene.clock.advance(by: .milliseconds(520 << (failures - 1)))
        }
        #expect(try await herald.tick(fence) == .done)
        #expect(scene.sent == ["1", "1", "1", "1", "2"])
        #expect(scene.ledger.told(SaleID(1)) == 2)
    }

    @Test("A receiver that says when to come again is left alone until then", arguments: [429, 503])
    func retryAfter(status: Int) async throws {
        let scene = Scene(.refused(status: status, retryAfter: .seconds(120)), .taken)
        scene.sell(1)
        scene.sell(1, of: 2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        _ = try await herald.tick(fence)
        scene.clock.advance(by: .seconds(119))
        _ = try await herald.tick(fence)
        #expect(scene.sent == ["1"])
        scene.clock.advance(by: .seconds(1))
        _ = try await herald.tick(fence)
        #expect(scene.sent == ["1", "2", "1"])
    }

    @Test("An event whose answer says when to tell it again is left alone until then, and no other is")
    func retryAfterOfAnEvent() async throws {
        let scene = Scene(.taken)
        scene.answer("1", with: .refused(status: 409, retryAfter: .seconds(120)))
        scene.sell(1)
        scene.sell(1, of: 2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        for _ in 1...4 { _ = try await herald.tick(fence) }
        scene.clock.advance(by: .seconds(119))
        _ = try await herald.tick(fence)
        #expect(scene.sent == ["1", "2"])
        scene.clock.advance(by: .seconds(1))
        _ = try await herald.tick(fence)
        #expect(scene.sent == ["1", "2", "1"])
    }

    @Test(
        "An event that is never taken holds up its sale alone, and shows as what is not told",
        arguments: [.refused(status: 422, retryAfter: nil), .noAnswer("")] as [WebhookAnswer])
    func poison(failure: WebhookAnswer) async throws {
        let scene = Scene(.taken)
        scene.answer("1", with: failure)
        scene.answer("3", with: failure)
        let sold = Double(scene.clock.now.microseconds) / 1e6
        scene.sell(2)
        scene.sell(1, of: 2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        for round in 1...20 {
            for _ in 1...3 { _ = try await herald.tick(fence) }
            #expect(scene.sent.count == 2 * round && Set(scene.sent.suffix(2)) == ["1", "3"], "each in its turn")
            scene.clock.advance(by: .seconds(60))
        }
        scene.sell(2, of: 3)
        for _ in 1...3 { _ = try await herald.tick(fence) }
        #expect(scene.sent.suffix(4).prefix(2) == ["4", "5"], "those that are taken come first")
        #expect(Set(scene.sent.suffix(2)) == ["1", "3"])
        scene.sell(1, of: 3)
        _ = try await herald.tick(fence)
        #expect(scene.sent.last == "6", "none waits for those that are not taken")
        #expect(scene.ledger.told(SaleID(1)) == 0)
        #expect(scene.instruments.toldUntilTimestampSeconds.value(.home) == sold)
    }

    @Test("Who steps past an event has the sale told from the next one on, at once")
    func stepPast() async throws {
        let scene = Scene(.taken)
        scene.answer("1", with: .refused(status: 422, retryAfter: .seconds(3_600)))
        scene.sell(2)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        for _ in 1...3 { _ = try await herald.tick(fence) }
        #expect(scene.sent == ["1"])
        scene.clock.advance(by: .seconds(1))
        #expect(try await scene.ledger.advance(SaleID(1), to: 1, fence: fence))
        for _ in 1...2 { _ = try await herald.tick(fence) }
        #expect(scene.sent == ["1", "2"])
        let until = scene.instruments.toldUntilTimestampSeconds.value(.home)
        #expect(until == Double(scene.clock.now.microseconds) / 1e6)
    }

    @Test("A wait grows to a minute and no further")
    func longestWait() async throws {
        let scene = Scene(.noAnswer(""))
        scene.sell(1)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        for attempt in 1...20 {
            _ = try await herald.tick(fence)
            #expect(scene.sent.count == attempt)
            scene.clock.advance(by: .seconds(60))
        }
    }

    @Test("A receiver that is gone is told nothing more, and the age of what is untold grows")
    func gone() async throws {
        let scene = Scene(.gone)
        scene.sell(1)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        _ = try await herald.tick(fence)
        let until = scene.instruments.toldUntilTimestampSeconds.value(.home)
        #expect(until == Double(scene.clock.now.microseconds) / 1e6)
        scene.clock.advance(by: .seconds(86_400))
        #expect(try await herald.tick(fence) == .done)
        #expect(scene.sent.count == 1)
        #expect(scene.instruments.toldUntilTimestampSeconds.value(.home) == until)
        #expect(scene.instruments.eventsTotal.value(EventLabels(.orderPlaced, .gone)) == 1)
    }

    @Test("The time until which all was told is that of the event at hand, and now when nothing is left")
    func lag() async throws {
        let scene = Scene(.taken)
        let (herald, fence) = (try scene.herald(), scene.ledger.nextFence())
        scene.sell(1)
        let sold = Double(scene.clock.now.microseconds) / 1e6
        scene.clock.advance(by: .seconds(30))
        _ = try await herald.tick(fence)
        #expect(scene.instruments.toldUntilTimestampSeconds.value(.home) == sold)
        _ = try await herald.tick(fence)
        #expect(scene.instruments.toldUntilTimestampSeconds.value(.home) == sold + 30)
    }

    @Test("The ledger notes an event after its answer")
    func order() async throws {
        let scene = Scene(.taken)
        scene.sell(1)
        let ledger = scene.ledger
        let herald = try scene.herald { #expect(ledger.told(SaleID(1)) == 0, "noted before the answer") }
        #expect(try await herald.tick(ledger.nextFence()) == .done)
        #expect(ledger.told(SaleID(1)) == 1)
    }

    @Test("A herald whose duty was taken notes nothing, and tells nothing more")
    func stale() async throws {
        let scene = Scene(.taken)
        scene.sell(2)
        let ledger = scene.ledger
        let fence = ledger.nextFence()
        let herald = try scene.herald { _ = ledger.nextFence() }
        #expect(try await herald.tick(fence) == .stale)
        #expect(ledger.told(SaleID(1)) == 0)
        #expect(try await herald.tick(fence) == .stale)
        #expect(scene.sent == ["1"])
    }
}
