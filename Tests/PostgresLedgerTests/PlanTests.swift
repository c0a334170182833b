// What the functions read of large tables, where the statistics are as bad as they can be: of an empty ledger.

import LibpqClient
import Telemetry
import Testing

@Suite("What the ledger's functions read") struct PlanTests {
    /// A sale that is on, and functions that let many buyers hold and buy: an item each, or a unit of item 1 each.
    private static func sale(items: Int, stock: Int) -> String {
        """
        do $$ begin
            perform create_sale(
                now() - interval '1 minute', now() + interval '1 hour', \(items), \(stock), 10, 60, null);
            insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(1, \(items)) i;
        end $$;
        create function code_of(p_buyer int) returns uuid language sql as $$ select md5(p_buyer::text)::uuid $$;
        create function hold(p_first int, p_last int, p_queue boolean default false) returns bigint
        language plpgsql as $$
        declare
            v_codes uuid[]; v_users text[]; v_items int[]; v_numbers int[]; v_keys text[];
        begin
            select array_agg(code_of(g)), array_agg('buyer-' || g),
                array_agg(case when \(stock) = 1 then g else 1 end),
                array_agg(case when \(stock) = 1 then 1 else g end), array_agg(null::text)
            into v_codes, v_users, v_items, v_numbers, v_keys from generate_series(p_first, p_last) g;
            if p_queue then
                return (select count(*) from ledger_record_called(1, v_codes, v_users, v_items, v_numbers, v_codes,
                    v_keys, v_codes, v_items) where outcome = 'held');
            end if;
            return (select count(*) from ledger_record(1, v_codes, v_users, v_items, v_numbers, v_codes, v_keys,
                v_codes) where outcome = 'held');
        end $$;
        create function buy(p_first int, p_last int) returns bigint language sql as $$
            select count(*)
            from (
                select array_agg(code_of(g)) as codes, array_agg(null::text) as keys
                from generate_series(p_first, p_last) g
            ) b
            cross join lateral ledger_order(1, b.codes, b.codes, b.keys) o
            where o.outcome = 'ordered'
        $$;
        """
    }

    /// Runs the body in an empty ledger that was analyzed, with such a sale.
    private static func with(
        items: Int, stock: Int, _ body: (PostgresClient) async throws -> Void
    ) async throws {
        try await withClient { client in
            try await client.run("analyze")
            try await client.execute(script: sale(items: items, stock: stock), deadline: .patient)
            try await body(client)
        }
    }

    /// How many rows of tables a statement reads.
    private static func reads(
        of tables: [String], by statement: String, _ client: PostgresClient
    ) async throws -> Int {
        func count() async throws -> Int {
            try await client.run("select pg_stat_force_next_flush()")
            let names = tables.map { "'\($0)'" }.joined(separator: ", ")
            return try await client.number(
                """
                select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables
                where relname in (\(names))
                """)
        }
        let before = try await count()
        try await client.run(statement)
        return try await count() - before
    }

    @Test("A purchase reads its own order alone, however many orders there are")
    func purchases() async throws {
        try await Self.with(items: 1_100, stock: 1) { client in
            #expect(try await client.number("select hold(1, 1100)") == 1_100)
            for first in stride(from: 1, to: 1_050, by: 50) {
                #expect(try await client.number("select buy(\(first), \(first + 49))") == 50)
            }
            let read = try await Self.reads(of: ["orders"], by: "select buy(1051, 1100)", client)
            #expect(try await client.number("select count(*) from orders") == 1_100)
            #expect(read <= 500, "50 purchases read \(read) orders")
        }
    }

    @Test("A checkout by a number of the line reads its own cart alone")
    func called() async throws {
        try await Self.with(items: 1_000, stock: 1) { client in
            #expect(try await client.number("select hold(1, 1, true)") == 1)
            #expect(try await client.number("select hold(2, 999)") == 998)
            let read = try await Self.reads(of: ["checkouts"], by: "select hold(1000, 1000, true)", client)
            #expect(try await client.number("select count(*) from checkouts where queue_number is not null") == 2)
            #expect(read < 20, "one checkout read \(read) carts")
        }
    }

    @Test("A refusal of a large item reads what may end next, and nothing once all is sold")
    func confirmations() async throws {
        try await Self.with(items: 1, stock: 3_000) { client in
            for first in stride(from: 1, to: 3_000, by: 500) {
                #expect(try await client.number("select hold(\(first), \(first + 499))") == 500)
            }
            let ask = """
                select min(stock || ' ' || (retry_at > now() + interval '50 seconds'))
                from ledger_confirm(
                    1, array(select 'visitor-' || g from generate_series(1, 20) g), array_fill(1, array[20]))
                """
            func answer() async throws -> String? { try await client.run(ask)[0][0].optional?.string() }
            #expect(try await answer() == "held true")
            #expect(try await client.number("select buy(1, 2999)") == 2_999)
            #expect(try await answer() == "held true")
            var read = try await Self.reads(of: ["units", "unit_changes"], by: ask, client)
            #expect(read <= 1_200, "20 refusals read \(read) units and changes")
            #expect(try await client.number("select buy(3000, 3000)") == 1)
            #expect(
                try await client.run("select stock from ledger_confirm(1, array['zoe'], array[1])")[0][0].string()
                    == "all_sold")
            read = try await Self.reads(of: ["units", "unit_changes"], by: ask, client)
            #expect(read == 0, "20 refusals read \(read) units and changes")
        }
    }

    @Test("A hold behind many that were bought is found, once those before it would be over")
    func passed() async throws {
        try await Self.with(items: 1, stock: 1_500) { client in
            #expect(try await client.number("select hold(1, 1499)") == 1_499)
            #expect(try await client.number("select buy(1, 1499)") == 1_499)
            // Nobody has swept since those were held.
            try await client.pass(.seconds(70))
            #expect(try await client.number("select hold(1500, 1500)") == 1)
            let rows = try await client.run(
                "select stock, retry_at > now() + interval '50 seconds' from ledger_confirm(1, array['zoe'], array[1])")
            #expect(try rows[0][0].string() == "held" && rows[0][1].bool())
        }
    }

    @Test("A load of the gate joins by hash, and a look at used keys reads no more than it tells, whatever is known")
    func loads() async throws {
        try await Self.with(items: 1_000, stock: 1) { client in
            #expect(try await client.number("select hold(1, 1000)") == 1_000)
            for (function, limit, isRight) in [
                ("sale_snapshot", "", { (plan: String) in plan.contains("Hash") && !plan.contains("Merge") }),
                ("used_keys", "10", { (plan: String) in !plan.contains("Bitmap") }),
            ] {
                let rows = try await client.run(
                    "select prosrc, array_to_string(proconfig, ';') from pg_proc where proname = '\(function)'")
                let body = try rows[0][0].string().replacing("p_sale", with: "1").replacing("p_limit", with: limit)
                let settings = try rows[0][1].string().split(separator: ";").map { setting in
                    "set local \(setting.replacing("=", with: " = '"))'"
                }
                let plan = try await client.withTransaction(deadline: .patient) { connection in
                    for setting in settings { try await connection.execute(script: setting) }
                    let explain = PostgresStatement(
                        "explain", "explain \(body)", type: .select, table: .none, isPrepared: false)
                    return try await connection.query(explain).map { try $0[0].string() }.joined(separator: "\n")
                }
                #expect(isRight(plan), "\(plan)")
            }
        }
    }

    @Test("The agenda, the herald and retention read nothing of sales that are long over")
    func old() async throws {
        try await withClient { client in
            try await client.run("select herald_due(next_fence('herald'))")
            try await client.execute(
                script: """
                    insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                    select t, t + interval '1 minute', 1, 1, 1, 1
                    from generate_series(1, 2000) i cross join lateral (
                        select now() - interval '3 days' - i * interval '1 minute' as t
                    ) x;
                    insert into stocks (sale_id) select sale_id from sales;
                    update sales set retired_at = now(), archived_at = now() where sale_id <> 7;
                    update stocks set held = 1 where sale_id = 7;
                    insert into webhook_cursors
                    select sale_id, 0, case when sale_id <> 7 then version end from sales;
                    """, deadline: .patient)
            try await client.execute(script: "vacuum analyze", deadline: .patient)
            let tables = ["sales", "stocks", "webhook_cursors"]
            let fences = "next_fence('herald') as herald, next_fence('retention') as retention"
            for name in [
                "select herald_due(f.herald) from (select \(fences)) f", "select agenda()",
                "select ledger_retire(f.retention, 24, 0, 100) from (select \(fences)) f",
            ] {
                try await client.run(name)
                let read = try await Self.reads(of: tables, by: name, client)
                #expect(read < 100, "\(name) read \(read) rows")
            }
            let unswept = try await client.run("select sale_id from agenda() where is_over").map { try $0[0].int32() }
            #expect(unswept == [7], "a long pause may keep a hold for days after its sale's end")
        }
    }
}
