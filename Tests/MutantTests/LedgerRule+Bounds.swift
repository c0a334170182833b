// Rules of how much one call reads, of items that have many units.

import LibpqClient
import Telemetry

extension LedgerRule {
    static let bounds = [
        LedgerRule("A large stock is not searched where all are taken up to the highest number") { client in
            try await client.execute(script: taken("2990"), deadline: .patient)
            let call = record("5", "cat", "3", "null", "c")
            let answer = try await answer("select number from \(call)", counting: [read("units_taken_once")], client)
            try expect(answer.value, 2_991)
            try expect(answer.counted / 100, 0)
        },
        LedgerRule("A search looks at 10,000 units a call, goes on from there, and is no refusal before its end") {
            client in
            try await client.execute(script: taken("25000, 25002"), deadline: .patient)
            for outcome in ["again", "again", "held"] {
                let call = record("67", "cat,dan", "3,3", "null,null", "cd", "null,null")
                let count = "select count(*) from \(call) where outcome = '\(outcome)'"
                let answer = try await answer(count, counting: [read("units_taken_once")], client)
                try expect(answer.value, 2)
                try expect(answer.counted <= 10_100, true)
            }
            let numbers = "select number from units where item = 3 and number > 25000 order by 1"
            try expect(try await client.texts(numbers), ["25001", "25002", "25003"])
        },
        LedgerRule("A late purchase sells nothing before its searches have ended") { client in
            try await client.execute(
                script: """
                    \(record("5", "ann", "2", "2", "a").asStatement)
                    update units set expires_at = now() - interval '1 second' where item = 1;
                    update unit_changes set expires_at = now() - interval '1 second'
                    where items @> '{1}' and expires_at is not null;
                    update stocks set next_end = now() - interval '1 second';
                    \(record("6", "cat", "1", "1", "c").asStatement)
                    \(taken("12000, 12002", of: 1))
                    """, deadline: .patient)
            let order = "ledger_order(1, \(uuids("7")), \(uuids("a")), '{null}')"
            let sold = "select item || '/' || number from units where order_number is not null order by item, number"
            try expect(try await client.texts("select outcome from \(order)"), ["again"])
            try expect(try await client.texts(sold), ["2/1"])
            try expect(try await client.texts("select outcome from \(order)"), ["ordered"])
            try expect(try await client.texts(sold), ["1/12001", "2/1", "2/2"])
        },
        LedgerRule("A pause of all writes no hold, and a lower limit no buyer") { client in
            for (act, number, table) in [("pause_all", "null", "units"), ("limit", "1", "buyers")] {
                let change =
                    "select count(*) from sale_change(1, null, 'ann', 'a test', null, '\(act)', null, \(number))"
                let written = "pg_stat_get_xact_tuples_updated('\(table)'::regclass)"
                let answer = try await answer(change, counting: [written], client)
                try expect(answer.counted, 0)
            }
        },
        LedgerRule("A buyer's row has the room that the limit leaves when it is written, and no more") { client in
            try await client.execute(
                script: """
                    select sale_change(1, null, 'ann', 'a test', null, 'limit', p_number => 1);
                    select ledger_release(1, \(uuids("6")), \(uuids("a")), '{null}');
                    delete from order_items;
                    """, deadline: .patient)
            let rooms = "select user_id || ' ' || room from buyers order by user_id"
            try expect(try await client.texts(rooms), ["ann 1", "bob 1"])
        },
        LedgerRule("A page of an archived sale's items counts no units where items have several") { client in
            try await client.execute(
                script: """
                    \(taken("2990"))
                    alter table units disable trigger units_stay_sold;
                    update units set order_number = 1, price_minor = 100 where item = 3;
                    alter table units enable trigger units_stay_sold;
                    update item_stocks set held = 0, sold = 2990 where item = 3;
                    """, deadline: .patient)
            try await client.pass(.seconds(4 * 86_400))
            let retire = "ledger_retire((select next_fence('retention')), 1, 0, 1000)"
            while try await client.texts("select outcome from \(retire)") != ["idle"] {
                try Task.checkCancellation()
            }
            let reads = [read("archived_units"), read("archived_units_once")]
            let answer = try await answer("select sold from items_page(1, 2, 1)", counting: reads, client)
            try expect(answer.value, 2_990)
            try expect(answer.counted, 0)
        },
    ]

    /// All units of an item up to a number are held, and perhaps one more; the next search begins with the second.
    private static func taken(_ numbers: String, of item: Int = 3) -> String {
        """
        update sales set stock_per_item = 30000;
        insert into units
        select 1, \(item), n, code, request, held_at, expires_at
        from (select * from units where order_number is null limit 1) u, (
            select generate_series(1, (array[\(numbers)])[1]) union select unnest(array[\(numbers)])
        ) x (n)
        on conflict do nothing;
        insert into item_stocks (sale_id, item, lane, held, first_free)
        select 1, \(item), 0, count(*), 2 from units where item = \(item)
        on conflict on constraint item_stocks_key do update set held = excluded.held, first_free = 2;
        """
    }

    /// How many rows of a table, or entries of an index, a transaction has read.
    private static func read(_ relation: String) -> String {
        "pg_stat_get_xact_tuples_returned('\(relation)'::regclass)"
    }

    /// What a statement says, and by how much it raises some counters.
    private static func answer(
        _ statement: String, counting counters: [String], _ client: PostgresClient
    ) async throws -> (value: Int64, counted: Int64) {
        try await client.withTransaction(deadline: .patient) { connection in
            func ask(_ question: String) async throws -> Int64 {
                let statement = PostgresStatement(
                    "ask", "select (\(question))::bigint", type: .select, table: .none, isPrepared: false)
                return try await connection.query(statement)[0][0].int64()
            }
            let count = "select \(counters.joined(separator: " + "))"
            let before = try await ask(count)
            return (try await ask(statement), try await ask(count) - before)
        }
    }
}

extension String {
    /// A call whose rows nobody reads.
    fileprivate var asStatement: String { "select count(*) from \(self);" }
}
