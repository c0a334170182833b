// The walls: each named constraint refuses what the code above it must never try, whatever that code does.

import FlashSale
import LibpqClient
import Testing

@testable import PostgresLedger

@Suite struct GuardTests {
    /// A sale of three items of two units, a hold of ann on the first, an order of bob for the second.
    private static let sale = """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
        values (now() - interval '1 minute', now() + interval '1 hour', 3, 2, 2, 60);
        insert into stocks (sale_id) values (1);
        insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(1, 3) i;
        select count(*) from ledger_record(1, array[gen_random_uuid(), gen_random_uuid()], array['ann', 'bob'],
            array[1, 2], array[1, 1],
            array['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b']::uuid[],
            array['key', null], array[null, null]::uuid[]);
        select count(*) from ledger_order(1, array[gen_random_uuid()],
            array['00000000-0000-0000-0000-00000000000b']::uuid[], array[null::text]);
        """

    /// A sale beside the first one, of another shop.
    private static func sale(of shop: String) -> String {
        """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, shop)
        select started_at, ended_at, 1, 1, 1, 1, \(shop) from sales
        """
    }

    @Test("A sale of another shop may overlap", arguments: ["'a'", "'lego-2'", "repeat('a', 63)"])
    func shops(shop: String) async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            try await client.run(Self.sale(of: shop))
            let again = await #expect(throws: PostgresError.self) {
                try await client.run(Self.sale(of: shop) + " where sale_id = 1")
            }
            #expect(again?.constraintName == "sales_do_not_overlap")
        }
    }

    @Test(
        "a constraint refuses what must never happen",
        arguments: [
            ("units_taken_once", "insert into units select * from units where order_number is null"),
            ("units_stay_sold", "update units set order_number = null where order_number is not null"),
            ("units_stay_sold", "delete from units"),
            (
                "orders_one_per_code",
                """
                insert into orders (sale_id, code, user_id, request, total_minor, currency, ordered_at)
                select sale_id, code, user_id, gen_random_uuid(), 100, 'EUR', now() from orders
                """
            ),
            ("buyers_limit", "update buyers set held = held + 2, room = room - 2"),
            ("unit_count_is_not_negative", "update buyers set held = held - 1 where user_id = 'bob'"),
            ("unit_count_is_not_negative", "update stocks set held = held - 5"),
            ("unit_count_is_not_negative", "update item_stocks set sold = sold - 2"),
            ("sales_stock_has_all_taken", "update sales set item_count = 1"),
            (
                "sales_stock_has_all_taken",
                """
                do $$ begin
                    insert into units select 1, 3, 2, code, request, held_at, expires_at from units where item = 1;
                    update sales set item_count = 6, stock_per_item = 1;
                end $$
                """
            ),
            ("stocks_key", "insert into stocks (sale_id) values (1)"),
            ("buyers_key", "insert into buyers select * from buyers where user_id = 'ann'"),
            ("checkouts_key", "insert into checkouts select * from checkouts where user_id = 'ann'"),
            (
                "ended_holds_as",
                "insert into ended_holds select 1, 1, 1, code, request, now(), now(), now(), 'lost' from units"
            ),
            ("idempotency_keys_once", "insert into idempotency_keys select * from idempotency_keys"),
            ("items_price", "update items set price_minor = -1"),
            ("items_price", "update items set price_minor = \(Limits.priceMinorUnits + 1)"),
            (
                "sales_number",
                """
                insert into sales (sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                overriding system value values (0, now() - interval '3 hours', now() - interval '2 hours', 1, 1, 1, 1)
                """
            ),
            ("sales_window", "update sales set ended_at = started_at"),
            ("sales_sizes", "update sales set taken_max = 0"),
            ("sales_can_be_read", "update sales set stock_per_item = 3333334"),
            ("sales_can_be_read", "update sales set ended_at = 'infinity'"),
            ("sales_can_be_read", "update sales set started_at = '1969-12-31'"),
            (
                "shop_placements_shop",
                "insert into shop_placements (shop, version, pod, begins_at) values ('A shop', 1, 0, now())"
            ),
            ("sales_that_leave_are_over", "update sales set retired_at = now()"),
            ("sales_that_leave_are_over", "update sales set archived_at = now()"),
            ("sales_lapses", "update sales set lapses_max = 0"),
            ("sales_shop", Self.sale(of: "''")),
            ("sales_shop", Self.sale(of: "'Lego'")),
            ("sales_shop", Self.sale(of: "'lego-'")),
            ("sales_shop", Self.sale(of: "'a.b'")),
            ("sales_shop", Self.sale(of: "e'lego\\n'")),
            ("sales_shop", Self.sale(of: "repeat('a', 64)")),
            ("sales_keep_their_shop", "update sales set shop = 'lego'"),
            (
                "sales_do_not_overlap",
                """
                insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                select ended_at - interval '1 second', ended_at + interval '1 hour', 1, 1, 1, 1 from sales
                """
            ),
        ])
    func walls(constraint: String, attempt: String) async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            let error = await #expect(throws: PostgresError.self) { try await client.run(attempt) }
            #expect(error?.constraintName == constraint)
            try await client.run("select 1")
        }
    }

    @Test("The highest price of the API is a price, and a ledger with a higher one is upgraded and sells on")
    func prices() async throws {
        try await withClient(isMigrated: false) { client in
            let files = SchemaFiles.ofThisBuild
            let former = SchemaFiles(
                tables: files.tables.prefix { !$0.name.hasSuffix("_firmer_walls") }.map(\.self), functions: [],
                functionsRevision: 0)
            try await Migrator(client: client, files: former, logger: .silent).migrate()
            try await client.execute(
                script: """
                    insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                    values (now() - interval '1 minute', now() + interval '1 hour', 1, 2, 2, 60);
                    insert into stocks (sale_id) values (1);
                    insert into items values (1, 1, 'item', \(Limits.priceMinorUnits + 1), 'EUR');
                    """, deadline: .patient)
            try await Migrator(client: client, logger: .silent).migrate()
            let record = """
                select outcome from ledger_record(1, array[gen_random_uuid()], '{ann}', '{1}', '{1}',
                    array['00000000-0000-0000-0000-00000000000a']::uuid[], '{null}', '{null}')
                """
            #expect(try await client.run(record)[0][0].string() == "held")
            let order = """
                select total_minor from ledger_order(1, array[gen_random_uuid()],
                    array['00000000-0000-0000-0000-00000000000a']::uuid[], '{null}')
                """
            #expect(try await client.number(order) == Limits.priceMinorUnits + 1)
            try await client.run("update items set price_minor = \(Limits.priceMinorUnits)")
            try await client.run("alter table items validate constraint items_price")
        }
    }

    @Test("the same request run twice has one effect")
    func twice() async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            let record = """
                select outcome || code || number || items_count from ledger_record(1,
                    array['00000000-0000-0000-0000-000000000001']::uuid[], array['cat'], array[3], array[2],
                    array['00000000-0000-0000-0000-00000000000c']::uuid[], array[null::text], array[null::uuid])
                where place = 1
                """
            let first = try await client.run(record)[0][0].string()
            #expect(try await client.run(record)[0][0].string() == first)
            #expect(first.hasPrefix("held"))
            #expect(try await client.number("select count(*) from holds where code::text like '%c'") == 1)
            let order = """
                select outcome || order_number from ledger_order(1,
                    array['00000000-0000-0000-0000-000000000002']::uuid[],
                    array['00000000-0000-0000-0000-00000000000c']::uuid[], array[null::text]) where place = 1
                """
            let bought = try await client.run(order)[0][0].string()
            #expect(try await client.run(order)[0][0].string() == bought)
            #expect(bought.hasPrefix("ordered"))
            #expect(try await client.number("select bought from buyers where user_id = 'cat'") == 1)
        }
    }

    @Test("a stale fence writes nothing")
    func fences() async throws {
        try await withClient { client in
            try await client.execute(script: Self.sale, deadline: .patient)
            try await client.execute(
                script: """
                    update units set expires_at = now() - interval '1 minute' where order_number is null;
                    update unit_changes set expires_at = now() - interval '1 minute' where expires_at is not null;
                    update stocks set next_end = now() - interval '1 minute';
                    """, deadline: .patient)
            let stale = try await client.number("select next_fence('sweeper')")
            let current = try await client.number("select next_fence('sweeper')")
            #expect(
                try await client.run("select outcome from ledger_expire(1, \(stale), 100)")[0][0].string() == "stale")
            #expect(try await client.number("select count(*) from holds where ended_at is null") == 1)
            #expect(
                try await client.run("select outcome from ledger_expire(1, \(current), 100)")[0][0].string() == "ended")
            #expect(try await client.number("select held from buyers where user_id = 'ann'") == 0)
            #expect(try await client.run("select create_sale(now(), now(), 1, 1, 1, 1, 77)")[0][0].isNull)
            #expect(try await client.run("select raise_epoch(1, 1, 77)")[0][0].isNull)
        }
    }

    @Test("a batch on a fresh large sale reads its own rows alone")
    func plans() async throws {
        try await withClient { client in
            try await client.execute(
                script: """
                    insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
                    values (now() - interval '1 minute', now() + interval '1 hour', 100000, 1, 10, 60);
                    insert into stocks (sale_id) values (1);
                    insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(1, 100000) i;
                    """, deadline: .patient)
            // The first batch makes the plans over empty tables; 40 more fill them.
            for batch in 0...40 {
                try await client.run(
                    """
                    select count(*)
                    from (
                        select array_agg(gen_random_uuid()) as tokens, array_agg('b\(batch)-' || g) as users,
                            array_agg(\(batch) * 50 + g) as items
                        from generate_series(1, 50) g
                    ) b
                    cross join lateral ledger_record(1, b.tokens, b.users, b.items, array_fill(1, array[50]), b.tokens,
                        array_fill(null::text, array[50]), b.tokens) r
                    """)
            }
            try await client.run("select count(*) from ledger_confirm(1, array['b1-1'], array[51])")
            try await client.run("select pg_stat_force_next_flush()")
            let read = try await client.number(
                """
                select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables
                where relname <> 'sales'
                """
            )
            #expect(try await client.number("select count(*) from holds") == 2_050)
            #expect(read < 2_050, "2,050 holds took \(read) row reads")
        }
    }
}
