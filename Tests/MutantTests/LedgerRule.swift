// Rules of the ledger in Postgres that its seam does not show: of rows within one batch, and of one call run twice.

import FlashSale
import LibpqClient
import Telemetry

/// A rule, tried by SQL on a database with one sale of three items of three units, two a buyer.
struct LedgerRule: Sendable {
    let sentence: String
    private let check: @Sendable (PostgresClient) async throws -> Void

    private init(_ sentence: String, _ check: @escaping @Sendable (PostgresClient) async throws -> Void) {
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
        insert into sweeps (sale_id) values (1);
        insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(1, 3) i;
        insert into units (sale_id, item, number) select 1, i, n from generate_series(1, 3) i, generate_series(1, 3) n;
        select count(*) from ledger_record(1, \(uuids("12")), '{ann,bob}', '{1,2}', '{1,1}', \(uuids("ab")),
            '{key,null}');
        select count(*) from ledger_order(1, \(uuids("3")), \(uuids("b")), '{null}');
        """

    static let all = [
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
                            select ledger_record(1, \(uuids("4")), '{cat}', '{3}', '{1}', \(uuids("c")), '{null}')
                            """, deadline: .patient)
                } catch let error as PostgresError where error.sqlState == "55P03" {
                    return
                }
                throw RuleBroken("it did not wait")
            }
        },
        LedgerRule("Buyers of one batch get units of their own, and of one buyer one checkout is decided") { client in
            let answers = try await client.texts(
                """
                select outcome || ' ' || coalesce(number, 0) from ledger_record(1, \(uuids("45678")),
                    '{cat,dan,eve,fay,cat}', '{3,3,3,3,1}', '{1,1,null,2,2}', \(uuids("cdef9")),
                    array_fill(null::text, array[5])) where place > 0 order by place
                """)
            try expect(answers.map { $0.prefix(while: { $0 != " " }) }, ["held", "held", "none", "held", "again"])
            try expect(
                answers.filter { $0.hasPrefix("held") }.map { String($0.last ?? " ") }.sorted(), ["1", "2", "3"])
        },
        LedgerRule("Of one code's purchases in a batch one is decided") { client in
            let answers = try await client.texts(
                "select outcome from ledger_order(1, \(uuids("45")), \(uuids("aa")), '{null,null}') order by place")
            try expect(answers, ["ordered", "again"])
        },
        LedgerRule("A request that is run again has one effect") { client in
            let record = """
                select outcome || number || code from ledger_record(1, \(uuids("4")), '{cat}', '{3}', '{2}',
                    \(uuids("c")), '{null}') where place > 0
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
            _ = try await client.texts("select outcome from ledger_order(1, \(uuids("5")), \(uuids("a")), '{null}')")
            let sold =
                "select item from order_items l join orders o using (order_number) where user_id = 'ann' order by 1"
            try expect(try await client.texts(sold), ["1", "3"])
        },
        LedgerRule("A cart that is live in part gives back what is live") { client in
            try await client.execute(script: liveInPart, deadline: .patient)
            _ = try await client.texts("select item from ledger_expire(1, (select next_fence('sweeper')), 100)")
            let back = "select unnest(items) from ledger_release(1, \(uuids("6")), \(uuids("a")), '{null}')"
            try expect(try await client.texts(back), ["3"])
            try expect(try await client.texts("select held from buyers where user_id = 'ann'"), ["0"])
        },
        LedgerRule("An epoch is raised twice only with a pause between") { client in
            func raise(_ seen: Int) async throws -> [String] {
                try await client.texts(
                    "select coalesce(raise_epoch(1, \(seen), (select fence from duties where duty = 'rebuild')), 0)")
            }
            try expect(try await raise(1), ["2"])
            try expect(try await raise(2), ["0"])
            try await client.pass(.seconds(1))
            try expect(try await raise(2), ["3"])
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
        update buyers set taken_max = 10;
        update holds set held_at = held_at - interval '1 hour', expires_at = clock_timestamp() - interval '1 second'
        where ended_at is null;
        with live as (
            insert into holds (sale_id, code, request, item, number, held_at, expires_at)
            values (1, 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', gen_random_uuid(), 3, 1, now(),
                now() + interval '1 hour')
            returning hold_id
        ), unit as (
            update units u set hold_id = l.hold_id from live l where u.item = 3 and u.number = 1
        ), cart as (
            update checkouts c set holds = c.holds || l.hold_id from live l where c.user_id = 'ann'
        )
        update buyers set held = 2 where user_id = 'ann';
        """

    private static func expect<Value: Equatable>(_ value: Value, _ expected: Value) throws {
        guard value != expected else { return }
        throw RuleBroken("expected \(expected), got \(value)")
    }

    private static func uuids(_ digits: String) -> String {
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
