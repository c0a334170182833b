// The waiting room over HTTP: joining, asking, and a checkout before its turn.

import FlashSale
import FlashSaleHTTP
import Telemetry
import Testing
import Textbook
import WaitingRoom

@Suite("The waiting room's routes")
struct QueueRoutesTests {
    private typealias Script = ScriptedStores.Script

    private static let checkout = "/checkout?user_id=ann&id=ITM-7-1"
    private static let queue = "/sales/7/queue?user_id=ann"

    private func with(
        _ line: QueueState = Script.line(called: 1_010), _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with({ $0.script.queue = line }, body)
    }

    private func knock(_ server: TestServer, _ ticket: String? = nil) async throws -> (RawAnswer, JSONValue) {
        let answer = try await server.ask("POST", Self.queue, ticket.map { ["Queue-Ticket: \($0)"] } ?? [])
        return (answer, try JSONValue(parsing: answer.body, depth: 8))
    }

    /// Checks out again and again until the answer has the status.
    @discardableResult
    private func expect(_ status: Int, _ server: TestServer, _ fields: [String] = []) async throws -> RawAnswer {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            let answer = try await server.ask("POST", Self.checkout, fields)
            if answer.status == status { return answer }
        }
        throw NoAnswer()
    }

    @Test("A late buyer gets a ticket, and the ticket keeps its number however often it is shown")
    func joining() async throws {
        try await with(Script.line(called: 1_040)) { server in
            let (joined, first) = try await knock(server)
            #expect(joined.status == 200 && joined["Cache-Control"] == "no-store")
            #expect(first["number"] == 1_051)
            #expect(first["ahead"] == 10)
            #expect(first["is_called"] == false)
            #expect(first["wait_seconds"] == ["low": 0, "high": 3])
            let ticket = try #require(first["ticket"]?.string)
            for _ in 0..<3 {
                let (_, again) = try await knock(server, ticket)
                #expect(again["number"] == 1_051 && again["ticket"] == .string(ticket))
            }
            #expect(server.instruments.room.waitingRoomJoinedTotal.value(.late) == 1)
            let (_, again) = try await knock(server)
            #expect(again["number"] == 1_051, "its answer may have been lost")
            let bob = try await server.ask("POST", "/sales/7/queue?user_id=bob")
            #expect(bob.text.contains(#""number":1052,"#))
        }
    }

    @Test("A network that joins too often is a 429, and may show the tickets that it has", arguments: [0, 2])
    func joins(perMinute: Int) async throws {
        try await TestServer.with {
            $0.script.queue = Script.line(called: 1_010)
            $0.limits.networkJoinsPerMinute = perMinute
            $0.limits.networkPercent = 100
            $0.configure = { $0.unboundNetworks = [] }
        } _: { server in
            for buyer in ["ann", "bob"] {
                #expect(try await server.ask("POST", "/sales/7/queue?user_id=\(buyer)").status == 200)
            }
            let third = try await server.ask("POST", "/sales/7/queue?user_id=eve")
            #expect(third.status == (perMinute > 0 ? 429 : 200) && third["RateLimit"] == nil)
            #expect(third.text.contains(#""code":"rate_limited""#) == (perMinute > 0))
            #expect(try await knock(server, Script.ticket(late: 1)).0.status == 200)
        }
    }

    @Test("A network's joins by the page count too, and its tickets can be shown")
    func joinsByPage() async throws {
        try await TestServer.with {
            $0.script.queue = Script.line(called: 1_010)
            $0.limits.networkJoinsPerMinute = 1
            $0.configure = { $0.unboundNetworks = [] }
        } _: { server in
            func join(_ cookies: String) async throws -> RawAnswer {
                try await server.ask(
                    "POST", "/act/join", PageRoutesTests.form + ["Cookie: flashsale-buyer=\(cookies)"], body: "id=7")
            }
            let ticket = try #require(try await join("ann")["Set-Cookie"]).prefix { $0 != ";" }
            #expect(try await join("ann; \(ticket)")["Location"] == "/")
            for stranger in ["bob", "bob; \(ticket)"] {
                #expect(try await join(stranger)["Location"] == "/?notice=rate_limited")
            }
        }
    }

    @Test(
        "A ticket that proves nothing is a 400 for the line, and a 429 for a checkout",
        arguments: [
            "T1", Script.ticket(late: 1, of: BuyerID("bob")!), Script.ticket(late: 1, sale: SaleID(8)),
            String(Script.ticket(late: 1).reversed()),
        ])
    func forged(ticket: String) async throws {
        try await with { server in
            let (answer, body) = try await knock(server, ticket)
            #expect(answer.status == 400)
            #expect(body["errors"]?["Queue-Ticket"]?.string == "is no ticket of this buyer in this sale")
            let checkout = try await server.ask("POST", Self.checkout, ["Queue-Ticket: \(ticket)"])
            #expect(checkout.status == 429 && checkout.text.contains(#""code":"waiting_room""#))
            #expect(server.instruments.room.waitingRoomRefusedTotal.value(.forgedTicket) == 1)
        }
    }

    @Test("A checkout goes on from the moment at which its number is called, and the ledger hears the number")
    func called() async throws {
        try await with { server in
            let ticket = "Queue-Ticket: \(Script.ticket(late: 11))"
            _ = try await server.ask("GET", "/sales/7/queue")
            _ = try await knock(server, Script.ticket(late: 11))
            let early = try await server.ask("POST", Self.checkout, [ticket])
            let body = try JSONValue(parsing: early.body, depth: 8)
            #expect(early.status == 429)
            #expect(early["Retry-After"].flatMap { Int($0) } ?? 0 >= 2)
            #expect(body["code"] == "waiting_room" && body["number"] == 1_011 && body["ahead"] == 0)
            #expect(body["queue"] == "/sales/7/queue")
            #expect(server.instruments.sale.checkoutAttemptsTotal.value == 0)

            server.stores.change { script in
                script.queue = Script.line(called: 1_011)
                script.record = { request in
                    let cart = Cart(code: Script.code, itemsCount: 1, expiresAt: Script.time(1))
                    return request.queueNumber == 1_011 ? .held(cart, unit: 1, isReplay: false) : .saleNotActive
                }
            }
            // As soon as what it knows is older than 50 ms, this instance asks the ledger before it refuses.
            try await expect(200, server, [ticket])
            #expect(try await server.ask("POST", Self.checkout, [ticket]).status == 200)
            #expect(server.instruments.room.waitingRoomShownTotal.value == 1)
        }
    }

    @Test("When no line is known any more, the number of a checkout that is sent again is looked up by its ticket")
    func again() async throws {
        try await TestServer.with { setup in
            setup.script.queue = Script.line(called: 1_011)
            setup.script.hasSale = false
            setup.script.record = { request in
                let cart = Cart(code: Script.code, itemsCount: 1, expiresAt: Script.time(1))
                return request.queueNumber == 1_011 ? .held(cart, unit: 1, isReplay: true) : .saleNotActive
            }
        } _: { server in
            let key = "Idempotency-Key: \"k\""
            let ticket = "Queue-Ticket: \(Script.ticket(late: 11))"
            let again = try await server.ask("POST", Self.checkout, [key, ticket])
            #expect(again.status == 200 && again["Idempotency-Replayed"] == "true")
            let uncalled = "Queue-Ticket: \(Script.ticket(late: 12))"
            for fields in [[key], [ticket], [key, uncalled], [key, "Queue-Ticket: T1"]] {
                let other = try await server.ask("POST", Self.checkout, fields)
                #expect(other.status == 400 || other.status == 429, "\(fields)")
            }
        }
    }

    @Test("Without a ticket nobody checks out, and when all is sold everybody hears that")
    func without() async throws {
        try await with { server in
            _ = try await knock(server)
            let answer = try await server.ask("POST", Self.checkout)
            #expect(answer.status == 429 && !answer.text.contains("number\":"))
            #expect(server.instruments.room.waitingRoomRefusedTotal.value(.noTicket) == 1)
            server.stores.change { $0.queue = Script.line(called: 1_010, free: 0, held: 0) }
            let sold = try await expect(409, server)
            #expect(sold.text.contains(#""code":"all_items_sold""#))
            let view = try JSONValue(
                parsing: try await server.ask("GET", "/sales/7/queue").body, depth: 8)
            #expect(view["phase"] == "sold_out")
        }
    }

    @Test("A room that an instance has not heard of lets nobody in")
    func unheard() async throws {
        try await with { server in
            let answer = try await server.ask("POST", Self.checkout, ["Queue-Ticket: \(Script.ticket(late: 1))"])
            #expect(answer.status == 429 && answer.text.contains(#""code":"waiting_room""#))
        }
    }

    @Test("Everybody sees the same line, which caches may keep for a second; the seed comes with the draw")
    func view() async throws {
        var gathering = Script.line(called: 0)
        gathering.draw = nil
        try await with(gathering) { server in
            let answer = try await server.ask("GET", "/sales/7/queue")
            #expect(answer["Cache-Control"] == "public, max-age=1")
            #expect(answer.body == (try await server.ask("GET", "/sales/7/queue").body))
            #expect(answer.text.contains(#""phase":"gathering""#) && !answer.text.contains("seed"))
        }
        try await with { server in
            let view = try JSONValue(parsing: try await server.ask("GET", "/sales/7/queue").body, depth: 8)
            #expect(view["phase"] == "open" && view["called"] == 1_010 && view["waiting"] == 40 && view["pace"] == 2)
            #expect(
                view["draw"] == [
                    "commit": .string(Script.seed.commit), "seed": .string(Script.seed.digits), "n": 1_000,
                ])
        }
    }
}
