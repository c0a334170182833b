// Retention in Postgres: the tables that buyers write stay bounded, and an archive is like its table.

import FlashSale
import LibpqClient
import PostgresLedger
import Testing

@Suite("Retention in Postgres") struct RetentionTests {
    /// The tables that buyers' requests write, with their archives.
    private static let tables = [
        "items": "archived_items", "units": "archived_units", "ended_holds": "archived_holds",
        "checkouts": "archived_checkouts", "orders": "archived_orders",
    ]
    private static let others = [
        "unit_changes", "buyers", "cancellations", "idempotency_keys", "queue_reports", "queue_shown",
    ]
    private static let hot = tables.keys.sorted() + others

    /// A sale that is on, of 100 items, with a waiting room, 1,000 cycles of checkout and cancellation, and 50 orders.
    private static let sale = """
        do $$
        declare
            v_sale int := create_sale(now() - interval '1 minute', now() + interval '1 hour', 100, 1, 10, 60, null);
            v_code uuid;
        begin
            insert into items (sale_id, item, name, price_minor, currency)
            select v_sale, i, 'item ' || i, 100, 'EUR' from generate_series(1, 100) i;
            perform next_fence(rebuild_of(v_sale));
            perform open_queue(v_sale, 600);
            perform report_queue(v_sale, 1, 10, 0, 5, 0, '{0}', '{5}');
            insert into queue_steps
            select v_sale, now() + i * interval '250 ms', 0, 0, 0, 10, 0, 0, 1, 200, 1, 0.25, false
            from generate_series(1, 500) i;
            for i in 1..1050 loop
                v_code := gen_random_uuid();
                perform ledger_record(v_sale, array[v_code], array['buyer-' || i], array[i % 100 + 1], array[1],
                    array[v_code], array['key'], array[v_code]);
                if i > 1000 then
                    perform ledger_order(v_sale, array[v_code], array[v_code], '{null}');
                else
                    perform ledger_release(v_sale, array[v_code], array[v_code], '{null}');
                end if;
            end loop;
        end $$
        """

    @Test("Sales come and go, and the tables that buyers write grow no more")
    func soak() async throws {
        try await withClient { client in
            var sizes: [Int] = []
            for round in 1...3 {
                try await client.execute(script: Self.sale, deadline: .patient)
                try await client.execute(
                    script: """
                        update sales s
                        set started_at = s.started_at - interval '1 year' * s.sale_id,
                            ended_at = s.ended_at - interval '1 year' * s.sale_id
                        where retired_at is null
                        """, deadline: .patient)
                let steps = try await Self.retire(client)
                #expect(steps > 10, "the rows left in \(steps) steps")
                for table in Self.hot {
                    #expect(try await client.number("select count(*) from \(table)") == 0, "\(table)")
                }
                #expect(try await client.number("select count(*) from duties where duty like 'rebuild/%'") == 0)
                #expect(try await client.number("select count(*) from all_orders") == round * 50)
                #expect(try await client.number("select count(*) from holds") == round * 1_050)
                // What autovacuum does, without the wait for it.
                try await client.run("vacuum \(Self.hot.joined(separator: ", "))")
                let names = Self.hot.map { "'\($0)'" }.joined(separator: ", ")
                sizes.append(
                    try await client.number("select sum(pg_total_relation_size(t)) from unnest(array[\(names)]) t"))
            }
            // A vacuum hands pages of an index to the next one; only then are they used again.
            #expect(sizes[2] <= sizes[1] * 11 / 10, "bytes after each round: \(sizes)")
        }
    }

    @Test("The steps of a line stay until its sale is forgotten")
    func lines() async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            try await client.run(
                "update sales set started_at = started_at - interval '2 days', ended_at = ended_at - interval '2 days'")
            _ = try await Self.retire(client)
            #expect(try await client.number("select count(*) from queue_steps") == 500)
            _ = try await Self.retire(client, archiveDays: 1)
            for table in ["queues", "queue_steps", "sales", "forgotten_sales", "all_checkouts"] {
                #expect(try await client.number("select count(*) from \(table)") == 0, "\(table)")
            }
        }
    }

    @Test("Two steps at once move each row once, and a sale is archived when the last one has left")
    func atOnce() async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            try await client.run(
                "update sales set started_at = started_at - interval '1 day', ended_at = ended_at - interval '1 day'")
            let fence = try await client.number("select next_fence('retention')")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...2 { group.addTask { _ = try await Self.retire(client, fence: fence) } }
                try await group.waitForAll()
            }
            #expect(try await client.number("select count(*) from holds") == 1_050)
            #expect(try await client.number("select count(*) from archived_checkouts") == 1_050)
            #expect(try await client.number("select count(*) from sales where archived_at is not null") == 1)
            for table in Self.hot {
                #expect(try await client.number("select count(*) from \(table)") == 0, "\(table)")
            }
        }
    }

    @Test("An archive has the columns of its table, in their order, and so has the view of both", arguments: tables)
    func columns(table: String, archive: String) async throws {
        try await withClient { client in
            func columns(of table: String) async throws -> [String] {
                try await client.run(
                    """
                    select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a
                    where a.attrelid = '\(table)'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
                    """
                ).map { try $0[0].string() }
            }
            let wanted = try await columns(of: table)
            #expect(try await columns(of: archive) == wanted)
            #expect(try await columns(of: "all_" + table) == wanted)
        }
    }

    /// Takes steps until nothing is left to do; how many there were.
    private static func retire(
        _ client: PostgresClient, fence: Int? = nil, archiveDays: Int = 0
    ) async throws -> Int {
        let fence = if let fence { fence } else { try await client.number("select next_fence('retention')") }
        var steps = 0
        let step = "select outcome from ledger_retire(\(fence), 1, \(archiveDays), 200)"
        while try await client.run(step)[0][0].string() != "idle" {
            try Task.checkCancellation()
            steps += 1
        }
        return steps
    }
}
