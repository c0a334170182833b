// Rules of the herald, over a ledger in Postgres and a receiver that answers as the rule says.

import FlashSale
import FlashSaleTesting
import LibpqClient
import PostgresLedger
import Synchronization
import Telemetry
import Webhooks

/// A rule, tried on the sale of the ledger's rules with two orders and a change.
struct HeraldRule: Sendable {
    let sentence: String
    private let check: @Sendable (HeraldScene) async throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (HeraldScene) async throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    func run(on client: PostgresClient, _ carelessness: HeraldCarelessness?) async throws {
        try await client.execute(
            script: """
                \(LedgerRule.sale)
                select count(*) from ledger_order(1, \(LedgerRule.uuids("4")), \(LedgerRule.uuids("a")), '{null}');
                select outcome from sale_change(1, null, 'ann', 'why', null, 'limit', null, 3);
                """, deadline: .patient)
        try await check(HeraldScene(client: client, carelessness))
    }

    static let all = [
        HeraldRule("An event is told until a 2xx takes it, also by the next herald, and the others wait") { scene in
            let events = try await scene.events()
            scene.answer(with: [
                .refused(status: 500, retryAfter: nil), .noAnswer(""), .refused(status: 302, retryAfter: nil),
            ])
            for _ in 1...2 {
                let (herald, fence) = try await scene.herald()
                for _ in 1...3 {
                    _ = try await herald.tick(fence)
                    scene.pass(.seconds(61))
                }
            }
            try LedgerRule.expect(scene.sent, [0, 0, 0].map { events[$0] } + events)
        },
        HeraldRule("A herald whose duty was taken tells nothing more") { scene in
            let (herald, fence) = try await scene.herald()
            _ = try await scene.herald()
            try LedgerRule.expect(try await herald.tick(fence), .stale)
            let (last, newest) = try await scene.herald()
            scene.whenTold { _ = try await scene.herald() }
            try LedgerRule.expect(try await last.tick(newest), .stale)
            try LedgerRule.expect(scene.sent, [try await scene.events()[0]])
        },
        HeraldRule("An event that is refused holds up its sale alone") { scene in
            let (told, other) = try await (scene.events(), scene.eventOfAnotherSale())
            scene.answer(with: [.refused(status: 422, retryAfter: nil)])
            let (herald, fence) = try await scene.herald()
            for _ in 1...2 { _ = try await herald.tick(fence) }
            try LedgerRule.expect(scene.sent, [told[0], other])
            scene.pass(.seconds(61))
            _ = try await herald.tick(fence)
            try LedgerRule.expect(scene.sent, [told[0], other] + told)
        },
        HeraldRule("A receiver that is gone is told nothing more") { scene in
            scene.answer(with: [.gone])
            let (herald, fence) = try await scene.herald()
            for _ in 1...3 {
                _ = try await herald.tick(fence)
                scene.pass(.seconds(3_600))
            }
            try LedgerRule.expect(scene.sent, [try await scene.events()[0]])
        },
    ]
}

/// A ledger, heralds over it, and what their receiver was sent.
final class HeraldScene: Sendable {
    private struct Receiver {
        /// Those that come first; then it takes everything.
        var answers: [WebhookAnswer] = []
        var sent: [Int64] = []
        var whenTold: (@Sendable () async throws -> Void)?
    }

    private let client: PostgresClient
    private let carelessness: HeraldCarelessness?
    private let clock = ManualClock()
    private let start = ContinuousClock.now
    private let receiver = Mutex(Receiver())

    init(client: PostgresClient, _ carelessness: HeraldCarelessness?) {
        self.client = client
        self.carelessness = carelessness
    }

    /// The numbers of the events in their order, as the tables have them.
    func events() async throws -> [Int64] {
        let numbers = "select order_number from orders union select event_number from sale_events"
        return try await client.texts("select n from (\(numbers)) e (n) order by 1").compactMap { Int64($0) }
    }

    /// Plans a sale behind the rule's own, and returns the number of its only event.
    func eventOfAnotherSale() async throws -> Int64 {
        try await client.execute(
            script: """
                insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                values (now() + interval '2 hours', now() + interval '3 hours', 3, 3, 2, 60);
                insert into stocks (sale_id) values (2);
                insert into items select 2, i, 'item ' || i, 100, 'EUR' from generate_series(1, 3) i;
                select outcome from sale_change(2, null, 'ann', 'why', null, 'limit', null, 3);
                """, deadline: .patient)
        guard let event = try await events().last else { throw RuleBroken("there is no event") }
        return event
    }

    /// The numbers of the events that the receiver was sent.
    var sent: [Int64] { receiver.withLock(\.sent) }

    func answer(with answers: [WebhookAnswer]) { receiver.withLock { $0.answers = answers } }

    /// Does something once, before the next answer.
    func whenTold(_ body: @escaping @Sendable () async throws -> Void) { receiver.withLock { $0.whenTold = body } }

    func pass(_ duration: Duration) { clock.advance(by: duration) }

    /// A herald that has just got the duty.
    func herald() async throws -> (Herald, FencingNumber) {
        guard let fence = try await PostgresFences(writer: client).next(.herald), let id = LedgerID("0123456789abcdef")
        else { throw RuleBroken("there is no fence") }
        let careless = CarelessHerald(PostgresEventLedger(client: client), carelessness)
        let (start, begun) = (start, clock.now)
        let herald = Herald(
            of: id, ledger: careless, now: { self.clock.now }, clock: { start + (self.clock.now - begun) },
            instruments: Instruments().webhook, logger: .silent
        ) { message, _ in careless.hears(await self.receive(message)) }
        return (herald, fence)
    }

    private func receive(_ message: WebhookMessage) async -> WebhookAnswer {
        let (answer, whenTold) = receiver.withLock { receiver in
            receiver.sent.append(message.id.split(separator: "_").last.flatMap { Int64($0) } ?? 0)
            defer { receiver.whenTold = nil }
            return (receiver.answers.isEmpty ? .taken : receiver.answers.removeFirst(), receiver.whenTold)
        }
        try? await whenTold?()
        return answer
    }
}
