// Rules of what hands do in SQL: a count that is too low keeps nobody from anything, and no role does what is the
// owner's to do.

import LibpqClient
import Telemetry

extension LedgerRule {
    static let hands = [
        LedgerRule("A count that is too low keeps nobody from buying, giving back or expiring") { client in
            try await client.execute(script: "update sales set taken_max = 9", deadline: .patient)
            for (requests, users, items, numbers, codes) in [
                ("4567", "cat,dan,eve,fay", "3,3,3,2", "1,2,3,2", "cdef"), ("89", "gus,hal", "1,1", "2,3", "78"),
            ] {
                _ = try await client.texts(
                    "select outcome from \(record(requests, users, items, numbers, codes, nulls(users)))")
            }
            try await client.execute(
                script: """
                    update stocks set held = 0;
                    update item_stocks set held = 0;
                    update buyers set held = 0 where user_id <> 'gus';
                    """, deadline: .patient)
            func outcomes(_ call: String) async throws -> [String] {
                try await client.texts("select outcome from \(call) where place > 0")
            }
            try expect(try await outcomes(orderAmongMany("aaaa")), ["ordered", "ordered", "ordered", "ordered"])
            try expect(try await outcomes("ledger_order(1, \(uuids("b")), \(uuids("c")), '{null}')"), ["ordered"])
            try expect(try await outcomes("ledger_release(1, \(uuids("c")), \(uuids("7")), '{null}')"), ["released"])
            try await client.pass(.seconds(61))
            let expire = "select user_id from ledger_expire(1, (select next_fence('sweeper')), 100)"
            try expect(try await client.texts(expire), ["hal"])
            try expect(try await client.texts("select held || ' ' || sold from stocks"), ["0 6"])
        },
        LedgerRule("A sale is forgotten under its lock, so that a refund of it comes before or not at all") { client in
            try await client.pass(.seconds(4 * 86_400))
            let retire = "ledger_retire((select next_fence('retention')), 1, 0, 1000)"
            while try await client.texts("select outcome from \(retire)") != ["idle"] {
                try Task.checkCancellation()
            }
            let forget = "ledger_retire((select next_fence('retention')), 1, 1, 1000)"
            try expect(try await isWaiting(forget, for: "lock_sale(1)", on: client), true)
        },
        LedgerRule("A refund is made though the counts of what is sold are too low") { client in
            try await client.execute(
                script: """
                    update stocks set sold = 0;
                    update item_stocks set sold = 0;
                    delete from order_items;
                    """, deadline: .patient)
            try expect(try await client.texts("select count(*) from order_items"), ["0"])
        },
        LedgerRule("A setting lets nobody but the owner take a unit out of its order") { client in
            try await client.execute(script: serviceRole, deadline: .patient)
            for attempt in ["update units set order_number = null, price_minor = null", "delete from units"] {
                do {
                    try await client.execute(
                        script: """
                            begin;
                            set local role mutant_service;
                            set local flashsale.refund = on;
                            \(attempt) where order_number is not null;
                            commit;
                            """, deadline: .patient)
                } catch let error as PostgresError where error.constraintName == "units_stay_sold" {
                    continue
                }
                throw RuleBroken("it was done: \(attempt)")
            }
        },
        LedgerRule("What runs with the rights of the owner is for the service's role alone") { client in
            try await client.execute(script: serviceRole, deadline: .patient)
            for (role, functions) in [("mutant_service", ["ledger_retire", "sale_change"]), ("public", [])] {
                let names = """
                    select p.proname from pg_proc p
                    where p.prosecdef and has_function_privilege('\(role)', p.oid, 'execute') order by 1
                    """
                try expect(try await client.texts(names), functions)
            }
        },
    ]

    /// The role that the service runs as.
    private static let serviceRole = """
        do $$ begin create role mutant_service; exception when duplicate_object then end $$;
        select grant_service_rights('mutant_service');
        """

    private static func nulls(_ users: String) -> String {
        users.split(separator: ",").map { _ in "null" }.joined(separator: ",")
    }
}
