// The waiting room in Postgres: what its walls refuse, how keys change, and which number a cart keeps.

import FlashSale
import LibpqClient
import Testing
import WaitingRoom

@testable import PostgresLedger

@Suite("The waiting room in Postgres")
struct QueueTests {
    private static let line = """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
        values (now() - interval '1 minute', now() + interval '1 hour', 3, 2, 2, 60);
        insert into stocks (sale_id) values (1);
        select open_queue(1, 600);
        update queues set ticket_count = 100, called = 10;
        """

    @Test(
        "A wall refuses what buyers were told otherwise",
        arguments: [
            ("queues_keep_their_word", "update queues set called = 9"),
            ("queues_keep_their_word", "update queues set seed = repeat('0', 64)"),
            ("queues_keep_their_word", "update queues set ticket_count = 101"),
            ("queues_keep_their_word", "update queues set ticket_count = null"),
            ("queues_draw_before_calls", "insert into queues select 2, 0, seed, null, 1 from queues"),
            ("queues_seed", "insert into queues (sale_id, gather_seconds, seed) values (2, 0, 'guess')"),
            ("queues_key", "select open_queue(1, 600)"),
            ("queue_steps_key", "insert into queue_steps select s.* from queue_steps s"),
            ("service_keys_length", "insert into service_keys (secret) values ('short')"),
        ])
    func walls(constraint: String, attempt: String) async throws {
        try await withClient { client in
            try await client.execute(script: Self.line, deadline: .patient)
            try await client.run("select next_fence('usher')")
            try await client.run("select call_numbers(1, 1, 10, 1, 100, 6, 0, 1, 200, 200, 1, 0.25, false, 0)")
            let error = await #expect(throws: PostgresError.self) { try await client.run(attempt) }
            #expect(error?.constraintName == constraint)
        }
    }

    @Test("A sale has a seed of its own, and its commit is the seed's SHA-256")
    func seeds() async throws {
        try await withClient { client in
            try await client.execute(script: Self.line, deadline: .patient)
            let lines = PostgresQueueLedger(writer: client, reader: client)
            let state = try #require(try await lines.state(of: SaleID(1)))
            #expect(state.draw?.seed.commit == state.commit)
            #expect(state.draw?.ticketCount == 100)
            #expect(try await client.number("select count(*) from queues where seed ~ '^[0-9a-f]{64}$'") == 1)
        }
    }

    @Test("A new key signs after two seconds, the one before it counts on, and older ones do not")
    func keys() async throws {
        try await withClient { client in
            let lines = PostgresQueueLedger(writer: client, reader: client)
            let ann = try #require(BuyerID("ann"))
            func sign() async throws -> String {
                let ticket = QueueTicket(sale: SaleID(1), place: .draw, joinedAt: Timestamp(microseconds: 0))
                return try #require(try await lines.ticketKeys().sign(ticket, for: ann))
            }
            func isGenuine(_ ticket: String) async throws -> Bool {
                if case .genuine = try await lines.ticketKeys().check(ticket, of: ann, in: SaleID(1)) {
                    true
                } else {
                    false
                }
            }
            // The schema may be younger than two seconds.
            let pass = "update service_keys set made_at = made_at - interval '2 seconds'"
            try await client.run(pass)
            let first = try await sign()
            try await client.run("select rotate_ticket_key()")
            #expect(try await sign() == first, "every instance knows the new key before one signs with it")
            try await client.run(pass)
            let second = try await sign()
            #expect(second != first)
            #expect(try await isGenuine(first))
            try await client.run("select rotate_ticket_key()")
            #expect(try await isGenuine(second))
            #expect(try await !isGenuine(first))
        }
    }

    @Test("A cart keeps the number of its first checkout, and has none in a sale without a waiting room")
    func numbers() async throws {
        try await LedgerFixture.with { fixture in
            for (item, buyer, number) in [(1, "ann", 7), (2, "ann", 8), (1, "bob", nil)] as [(Int32, String, Int32?)] {
                var request = fixture.checkout(item, buyer)
                request.queueNumber = number
                guard case .held = try await fixture.ledger.record(request, deadline: .patient) else {
                    Issue.record("\(buyer) did not get item \(item)")
                    return
                }
            }
            let numbers = try await fixture.client.number(
                "select sum(coalesce(queue_number, 1000)) from checkouts where user_id in ('ann', 'bob')")
            #expect(numbers == 1_007)
        }
    }
}
