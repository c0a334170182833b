// Rules of the ledger in Postgres that its seam does not show: of rows within one batch, and of one call run twice.

import FlashSale
import LibpqClient
import Telemetry

/// A rule, tried by SQL on a database with one sale of three items of three units, two a buyer.
struct LedgerRule: Sendable {
    let sentence: String
    private let check: @Sendable (PostgresClient) async throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (PostgresClient) async throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    func run(on client: PostgresClient) async throws {
        try await client.execute(script: Self.sale, deadline: .patient)
        try await check(client)
    }

    /// Ann holds 1/1 under a key; bob has bought 2/1.
    static let sale = """
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
        values (now() - interval '1 minute', now() + interval '1 hour', 3, 3, 2, 60);
        insert into stocks (sale_id) values (1);
        insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(1, 3) i;
        select count(*) from \(record("12", "ann,bob", "1,2", "1,1", "ab", "key,null"));
        select count(*) from ledger_order(1, \(uuids("3")), \(uuids("b")), '{null}');
        """

    static let all = alone + lanes + pods + herald + hands + bounds

    private static let alone = [
        LedgerRule("A new key of tickets signs after two seconds, and only the one before it still counts") { client in
            let keys = "select key_id::text from ticket_keys()"
            let pass = "update service_keys set made_at = made_at - interval '2 seconds';"
            try await client.execute(script: "\(pass) select rotate_ticket_key()", deadline: .patient)
            try expect(try await client.texts(keys), ["1", "2"])
            try await client.execute(script: pass, deadline: .patient)
            try expect(try await client.texts(keys), ["2", "1"])
            try await client.execute(script: "select rotate_ticket_key()", deadline: .patient)
            try expect(try await client.texts(keys), ["2", "3"])
        },
        LedgerRule("A cart keeps the number of its first checkout") { client in
            for (item, number) in [(2, 7), (3, 8)] {
                let call = record("\(number)", "cat", "\(item)", "null", "c").dropLast()
                let called = call.replacing("ledger_record(", with: "ledger_record_called(")
                try await client.execute(script: "select * from \(called), '{\(number)}')", deadline: .patient)
            }
            let numbers = "select queue_number::text from checkouts where queue_number is not null"
            try expect(try await client.texts(numbers), ["7"])
        },
        LedgerRule("A batch waits for the sale's lock") { client in
            try await client.withTransaction(deadline: .patient) { holder in
                _ = try await holder.query(
                    PostgresStatement(
                        "lock", "select pg_advisory_xact_lock('sales'::regclass::oid::int, 1)", type: .select,
                        table: .none, isPrepared: false))
                do {
                    try await client.execute(
                        script: """
                            set lock_timeout = '200ms';
                            select \(record("4", "cat", "3", "1", "c"))
                            """, deadline: .patient)
                } catch let error as PostgresError where error.sqlState == "55P03" {
                    return
                }
                throw RuleBroken("it did not wait")
            }
        },
        LedgerRule("Buyers of one batch get units of their own") { client in
            let answers = try await client.texts(
                """
                select outcome || ' ' || coalesce(number, 0)
                from \(record("4567", "cat,dan,eve,fay", "3,3,3,3", "1,null,null,2", "cdef", "null,null,null,null"))
                where place > 0 order by place
                """)
            try expect(answers.map { $0.prefix(while: { $0 != " " }) }, ["held", "held", "none", "held"])
            try expect(
                answers.filter { $0.hasPrefix("held") }.map { String($0.last ?? " ") }.sorted(), ["1", "2", "3"])
        },
        LedgerRule("A key among many rows gets its hold again") { client in
            let many = record("4567", "cat,dan,eve,fay", "3,3,3,2", "1,2,3,2", "cdef", "k,null,null,null")
            _ = try await client.texts("select place from \(many)")
            let again = "select outcome from \(record("8", "cat", "3", "1", "9", "k"))"
            try expect(try await client.texts(again), ["replayed"])
        },
        LedgerRule("A request that is run again has one effect") { client in
            let record = """
                select outcome || number || code from \(record("4", "cat", "3", "2", "c")) where place > 0
                """
            let first = try await client.texts(record)
            try expect(try await client.texts(record), first)
            try expect(first.first?.hasPrefix("held2"), true)
            let order = "select outcome || order_number from ledger_order(1, \(uuids("5")), \(uuids("c")), '{null}')"
            let bought = try await client.texts(order)
            try expect(try await client.texts(order), bought)
            try expect(bought.first?.hasPrefix("ordered"), true)
            let release = "select outcome || items::text from ledger_release(1, \(uuids("6")), \(uuids("a")), '{null}')"
            let givenBack = try await client.texts(release)
            try expect(try await client.texts(release), givenBack)
            try expect(givenBack, ["released{1}"])
        },
        LedgerRule("A hold lives through its grace, and no longer") { client in
            try await client.pass(.seconds(60))
            let expire = "select item from ledger_expire(1, (select next_fence('sweeper')), 100)"
            try expect(try await client.texts(expire), [])
            try await client.pass(.seconds(1))
            try expect(try await client.texts(expire), ["1"])
        },
        LedgerRule("A cart that is live in part sells each of its items once") { client in
            try await client.execute(script: liveInPart, deadline: .patient)
            _ = try await client.texts("select outcome from \(orderAmongMany("5678"))")
            let sold = "select item from units join orders using (order_number) where user_id = 'ann' order by 1"
            try expect(try await client.texts(sold), ["1", "3"])
        },
        LedgerRule("A unit that a cart holds for the second time counts once and is sold once") { client in
            try await client.execute(script: liveInPart, deadline: .patient)
            _ = try await client.texts("select outcome from \(record("5", "ann", "1", "1", "a"))")
            try expect(try await client.texts("select taken from ledger_confirm(1, '{ann}', '{2}')"), ["2"])
            let totals = "select total_minor from \(orderAmongMany("6789")) where outcome = 'ordered'"
            try expect(try await client.texts(totals), ["200"])
        },
        LedgerRule("A cart that is live in part gives back what is live, and nothing that went to another") { client in
            try await client.execute(script: liveInPart, deadline: .patient)
            let taken = "select number from \(record("5", "cat", "1", "1", "c")) where place > 0"
            try expect(try await client.texts(taken), ["1"])
            let back = "select unnest(items) from ledger_release(1, \(uuids("6")), \(uuids("a")), '{null}')"
            try expect(try await client.texts(back), ["3"])
            try expect(
                try await client.texts("select held from buyers where user_id in ('ann', 'cat') order by user_id"),
                ["0", "1"])
        },
        LedgerRule("Of a large stock, the first hold to end is the first that is held now") { client in
            try await client.execute(script: "update sales set stock_per_item = 1001", deadline: .patient)
            _ = try await client.texts("select outcome from \(record("5", "cat", "1", "2", "c"))")
            _ = try await client.texts("select outcome from ledger_release(1, \(uuids("6")), \(uuids("a")), '{null}')")
            try await client.pass(.seconds(30))
            _ = try await client.texts("select outcome from \(record("7", "dan", "1", "1", "d"))")
            let first = "select first_end(1, 1) = min(expires_at) + hold_grace() from units where item = 1"
            try expect(try await client.texts(first), ["true"])
        },
        LedgerRule("Who begins to read a sale's changes keeps those of another sale that is on") { client in
            try await client.execute(
                script: """
                    insert into sales (
                        started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, shop
                    )
                    select started_at, ended_at, 3, 3, 2, 60, 'lego' from sales;
                    insert into stocks (sale_id) values (2);
                    """, deadline: .patient)
            _ = try await client.texts("select outcome from ledger_order(1, \(uuids("5")), \(uuids("a")), '{null}')")
            let changes = "select count(*) > 0 from unit_changes where sale_id = 1"
            let read = "select kind from read_changes(2, (select next_fence('drift_check')), null, 100)"
            try expect(try await client.texts(read), ["newest"])
            try expect(try await client.texts(changes), ["true"])
            try await client.execute(
                script: "update sales set ended_at = clock_timestamp() where sale_id = 1", deadline: .patient)
            let few = read.replacing("100)", with: "1)")
            try expect(try await client.texts(few), ["newest"])
            try expect(try await client.texts(changes), ["true"])
            try expect(try await client.texts(read), ["newest"])
            try expect(try await client.texts(changes), ["false"])
        },
        LedgerRule("An epoch is raised twice only with a pause between") { client in
            let fence = try await client.texts("select next_fence(rebuild_of(1))")[0]
            func raise(_ seen: Int) async throws -> [String] {
                try await client.texts("select coalesce(raise_epoch(1, \(seen), \(fence)), 0)")
            }
            try expect(try await raise(1), ["2"])
            try expect(try await raise(2), ["0"])
            try await client.pass(.seconds(1))
            try expect(try await raise(2), ["3"])
        },
        LedgerRule("A sweep that finds nothing due writes nothing, and says whether it is stale") { client in
            let fence = try await client.texts("select next_fence('sweeper')")[0]
            let written = "coalesce(pg_current_xact_id_if_assigned()::text, 'nothing')"
            let sweep = "(select count(*) from ledger_expire(1, \(fence), 100)) || ' ' || \(written)"
            try expect(try await client.texts("select \(sweep)"), ["0 nothing"])
            try expect(try await client.texts("select outcome from ledger_expire(1, \(fence) - 1, 100)"), ["stale"])
        },
        LedgerRule("A duty that a session has locked is nobody else's, and under an older fence nobody's") { client in
            try await client.withConnection(deadline: .patient) { holder in
                func ask(_ question: String) async throws -> String {
                    let statement = PostgresStatement(
                        "ask", "select (\(question))::text", type: .select, table: .none, isPrepared: false)
                    return try await holder.query(statement)[0][0].string()
                }
                let fence = try await ask("take_duty('sweeper')")
                let keeps = "keeps_duty('sweeper', \(fence))"
                let isKept = try await ask(keeps)
                let others = "next_fence('sweeper') is null and take_duty('sweeper') is null and not \(keeps)"
                let isNobodyElses = try await client.texts("select \(others)")
                _ = try await ask("next_fence('sweeper')")
                let isKeptByAnOldFence = try await ask(keeps)
                _ = try await ask("pg_advisory_unlock_all()")
                try expect([isKept] + isNobodyElses + [isKeptByAnOldFence], ["true", "true", "false"])
            }
        },
        LedgerRule("A stale scheduler creates nothing, a stale rebuild raises nothing") { client in
            let create = "select create_sale(now() + '2 hours', now() + '3 hours', 1, 1, 1, 1, 77) is null"
            try expect(try await client.texts(create), ["true"])
            try expect(try await client.texts("select raise_epoch(1, 1, 77) is null"), ["true"])
        },
    ]

    /// Ann may take many; of what she holds, item 1 is past its time and item 3 is not.
    private static let liveInPart = """
        update sales set taken_max = 10;
        update buyers set room = 10 - held - bought;
        select \(record("4", "ann", "3", "1", "a"));
        update units set held_at = held_at - interval '1 hour', expires_at = now() - interval '1 second' where item = 1;
        update unit_changes set expires_at = now() - interval '1 second'
        where items @> '{1}' and expires_at is not null;
        update stocks set next_end = now() - interval '1 second';
        """

    static func expect<Value: Equatable>(_ value: Value, _ expected: Value) throws {
        guard value != expected else { return }
        throw RuleBroken("expected \(expected), got \(value)")
    }

    /// A call of `ledger_record`. The gate has reserved each unit under the code of its new cart.
    static func record(
        _ requests: String, _ users: String, _ items: String, _ numbers: String, _ codes: String,
        _ keys: String = "null"
    ) -> String {
        """
        ledger_record(1, \(uuids(requests)), '{\(users)}', '{\(items)}', '{\(numbers)}', \(uuids(codes)), '{\(keys)}',
            \(uuids(codes)))
        """
    }

    /// A call of `ledger_order` with ann's cart and enough others, which do not exist, to be decided as one of many.
    static func orderAmongMany(_ requests: String) -> String {
        "ledger_order(1, \(uuids(requests)), \(uuids("adef")), array_fill(null::text, array[4]))"
    }

    static func uuids(_ digits: String) -> String {
        "array[\(digits.map { "'\(String(repeating: $0, count: 32))'" }.joined(separator: ", "))]::uuid[]"
    }
}

/// Something that must be so and is not.
struct RuleBroken: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
