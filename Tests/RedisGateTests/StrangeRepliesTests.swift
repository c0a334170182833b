// A Redis whose replies are those of other commands, as after one that was lost or came twice.

import FlashSale
import FlashSaleTesting
import HiredisClient
import RedisGate
import Synchronization
import Telemetry
import Testing

@Suite("Replies of another command")
struct StrangeRepliesTests {
    private static let digits = String(repeating: "0", count: 32)
    private static let replies: [RedisReply] = [
        .null, .status("OK"), .bulk([]), .integer(.min), .array([]), .array([.null]), .array([.integer(.max)]),
        .array([.integer(.min), .integer(.min)]), .array([.integer(.max), .integer(.max)]),
        .array([.integer(3), .integer(2)]), .array([.null, .null, .null]), .array([.array([]), .array([])]),
        .array([text("-9223372036854775808"), text("\(digits) -5 ann")]),
        .array([text("9223372036854775807"), text("\(digits) -9223372036854775807 ann")]),
    ]

    private static func text(_ text: String) -> RedisReply { .bulk(Array(text.utf8)) }

    @Test("They are as good as none, whatever their shape", arguments: replies)
    func strange(reply: RedisReply) async throws {
        let impostor = Impostor()
        try await GateFixture.withServer(middleware: [impostor]) { fixture, _ async throws in
            let (gate, sale) = (fixture.gate, await fixture.loadedSale())
            let hold = try fixture.hold(1, of: sale)
            impostor.say(reply)
            switch try await fixture.reserve(1, of: sale) {
            case .notLoaded, .unavailable: break
            case .reserved, .refused: Issue.record("a reservation by another command's reply")
            }
            _ = await gate.begin(hold.code)
            #expect(await gate.tell([.held(hold)], of: sale) == false)
            #expect(await gate.count(sale) == nil)
            #expect(await gate.stock(of: sale) == nil)
            if let states = await gate.units([0], of: sale) { #expect(states == [.unknown]) }
            _ = await gate.hasLost(sale)
            #expect(await gate.load(StockSnapshot(unitCount: sale.unitCount), of: sale) == false)
        }
    }
}

/// Replies to every call of a script in Redis' stead, once it has something to say.
private final class Impostor: RedisMiddleware {
    private let reply = Mutex<RedisReply?>(nil)

    func say(_ reply: RedisReply) {
        self.reply.withLock { $0 = reply }
    }

    func handle(_ command: RedisCommand, next: RedisNext) async -> RedisOutcome {
        guard command.label == .evalsha, let reply = reply.withLock({ $0 }) else { return await next(command) }
        return RedisOutcome(result: .success(reply))
    }
}
