// Rules of lanes that the seam does not show: what a batch beside other lanes waits for, claims and leaves.

import LibpqClient
import Telemetry

extension LedgerRule {
    static let lanes = [
        LedgerRule("A lane's batch waits for its lane, and for whoever has the whole sale, and for no other lane") {
            client in
            try await client.execute(script: twoLanes, deadline: .patient)
            for (holder, lane, waits) in [
                ("lock_lane(2, 0)", 0, true), ("lock_lane(2, 0)", 1, false), ("lock_sale(2)", 0, true),
                ("lock_sale(2)", 1, true),
            ] {
                let call = record(lane, "4", "cat", "3", "1", isWhole: false)
                try expect(try await isWaiting(call, for: holder, on: client), waits)
            }
            let call = record(0, "4", "cat", "3", "1", isWhole: true)
            try expect(try await isWaiting(call, for: "lock_lane(2, 1)", on: client), true)
        },
        LedgerRule("A lane claims units in their order") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            _ = try await outcomes(record(1, "4567", "cat,dan,eve,fay", "3,1,2,1", "1,2,1,1", isWhole: false), client)
            let claimed = "select item || '/' || number from units where sale_id = 2 order by ctid"
            try expect(try await client.texts(claimed), ["1/1", "1/2", "2/1", "3/1"])
        },
        LedgerRule("Beside other lanes, only what the gate has reserved and nobody has taken is held") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            try expect(try await outcomes(record(0, "4", "cat", "3", "1", isWhole: false), client), ["held"])
            let others = record(1, "567", "dan,eve,fay", "3,3,3", "1,null,2", isWhole: false)
            try expect(try await outcomes(others, client), ["apart", "apart", "held"])
            let again = record(1, "56", "dan,eve", "3,3", "1,null", isWhole: true)
            try expect(try await outcomes(again, client), ["held", "none"])
            let counts = "select lane || ' ' || held from stocks where sale_id = 2 order by lane"
            try expect(try await client.texts(counts), ["0 1", "1 2"])
        },
        LedgerRule("What is refused beside other lanes keeps nothing claimed") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            for item in 1...2 {
                try expect(
                    try await outcomes(record(0, "\(item)", "cat", "\(item)", "1", isWhole: false), client), ["held"])
            }
            try expect(try await outcomes(record(0, "3", "cat", "3", "1", isWhole: false), client), ["limit"])
            try expect(try await client.texts("select count(*) from units where sale_id = 2"), ["2"])
        },
        LedgerRule("A hold that is due in another lane is free for a batch that has the whole sale") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            let all = record(1, "456", "cat,dan,eve", "3,3,3", "1,2,3", isWhole: false)
            try expect(try await outcomes(all, client), ["held", "held", "held"])
            try await client.pass(.seconds(61))
            try expect(try await outcomes(record(0, "7", "fay", "3", "1", isWhole: false), client), ["apart"])
            try expect(try await outcomes(record(0, "7", "fay", "3", "1", isWhole: true), client), ["held"])
        },
        LedgerRule("No buyer is refused beside other lanes because of a hold that is due") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            for item in 1...2 {
                _ = try await outcomes(record(0, "\(item)", "cat", "\(item)", "1", isWhole: false), client)
            }
            try await client.pass(.seconds(61))
            try expect(try await outcomes(record(0, "3", "cat", "3", "1", isWhole: false), client), ["apart"])
            try expect(try await outcomes(record(0, "3", "cat", "3", "1", cart: "2", isWhole: true), client), ["held"])
        },
        LedgerRule("A lane's sweep leaves a unit that another lane holds by now") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            try expect(try await outcomes(record(0, "4", "cat", "3", "1", isWhole: false), client), ["held"])
            let release = "ledger_release(2, \(uuids("5")), array[\(code(0, "cat"))], '{null}', '{null}', 0)"
            try expect(try await outcomes(release, client), ["released"])
            try expect(try await outcomes(record(1, "6", "dan", "3", "1", isWhole: false), client), ["held"])
            try await client.pass(.seconds(61))
            try expect(try await swept(0, client), [])
            try expect(try await swept(1, client), ["3/1"])
            let counts = "select lane || ' ' || held from stocks where sale_id = 2 order by lane"
            try expect(try await client.texts(counts), ["0 0", "1 0"])
        },
        LedgerRule("An item whose hold has ended is held anew beside other lanes") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            for item in 1...2 {
                let call = record(0, "\(item + 3)", "cat", "\(item)", "1", isWhole: false)
                try expect(try await outcomes(call, client), ["held"])
                try await client.pass(.seconds(31))
            }
            try expect(try await swept(0, client), ["1/1"])
            try expect(try await outcomes(record(0, "6", "cat", "1", "1", isWhole: false), client), ["held"])
            let held = "select item || '/' || number from units where sale_id = 2 order by item"
            try expect(try await client.texts(held), ["1/1", "2/1"])
        },
        LedgerRule("Beside other lanes, a purchase sells whole carts alone") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            _ = try await outcomes(record(0, "45", "cat,dan", "1,2", "1,1", isWhole: false), client)
            func order(_ name: String, isWhole: Bool) async throws -> [String] {
                try await client.texts(
                    """
                    select outcome from ledger_order(2, \(uuids("6")), array[\(code(0, name))], '{null}', '{null}', 0,
                        \(isWhole)) where place > 0
                    """)
            }
            try expect(try await order("cat", isWhole: false), ["ordered"])
            try await client.pass(.seconds(61))
            try expect(try await order("dan", isWhole: false), ["apart"])
            try expect(try await order("dan", isWhole: true), ["ordered"])
            try expect(try await order("eve", isWhole: false), ["unknown"])
        },
        LedgerRule("Who begins to read a sale's changes keeps those of every lane while one of them holds something") {
            client in
            try await client.execute(script: twoLanes, deadline: .patient)
            try expect(try await outcomes(record(1, "4", "cat", "3", "1", isWhole: false), client), ["held"])
            try expect(try await outcomes(record(0, "5", "dan", "2", "1", isWhole: false), client), ["held"])
            let order = "ledger_order(2, \(uuids("6")), array[\(code(0, "dan"))], '{null}')"
            try expect(try await outcomes(order, client), ["ordered"])
            try await client.execute(
                script: "update sales set ended_at = clock_timestamp() where sale_id = 2", deadline: .patient)
            _ = try await client.texts("select kind from read_changes(1, (select next_fence('drift_check')), null, 9)")
            let lanes = "select distinct lane from unit_changes where sale_id = 2 order by lane"
            try expect(try await client.texts(lanes), ["0", "1"])
        },
        LedgerRule("A batch that is not of its lane writes nothing") { client in
            try await client.execute(script: twoLanes, deadline: .patient)
            let batches = [
                record(1, "4", "cat", "3", "1", codesOf: 0, isWhole: false),
                record(2, "4", "cat", "3", "1", codesOf: 2, isWhole: true),
                "ledger_order(2, \(uuids("4")), array[\(code(1, "cat"))], '{null}')",
                "ledger_release(2, \(uuids("4")), array[\(code(1, "cat"))], '{null}')",
            ]
            for batch in batches {
                do {
                    _ = try await client.texts("select outcome from \(batch)")
                } catch let error as PostgresError where error.constraintName == "batches_keep_to_their_lane" {
                    continue
                }
                throw RuleBroken("it was decided: \(batch)")
            }
        },
    ]

    /// The sale of all rules has ended. A sale of two lanes follows it, with the same three items of three units.
    private static let twoLanes = """
        update sales set ended_at = clock_timestamp() where sale_id = 1;
        insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, lane_count)
        select ended_at, ended_at + interval '1 hour', 3, 3, 2, 60, 2 from sales;
        insert into stocks (sale_id, lane) values (2, 0), (2, 1);
        insert into items select 2, i, 'item ' || i, 100, 'EUR' from generate_series(1, 3) i;
        """

    /// A call of `ledger_record` for a lane. The gate has reserved each unit under the code of its new cart.
    private static func record(
        _ lane: Int, _ requests: String, _ users: String, _ items: String, _ numbers: String, codesOf: Int? = nil,
        cart: String = "", isWhole: Bool
    ) -> String {
        let names = users.split(separator: ",")
        let codes = "array[\(names.map { code(codesOf ?? lane, $0 + cart) }.joined(separator: ", "))]"
        let keys = "array_fill(null::text, array[\(names.count)])"
        return """
            ledger_record(2, \(uuids(requests)), '{\(users)}', '{\(items)}', '{\(numbers)}', \(codes), \(keys),
                \(codes), \(lane), \(isWhole))
            """
    }

    /// The code of a buyer's cart in a lane.
    private static func code(_ lane: Int, _ buyer: String) -> String {
        "overlay(md5('\(buyer)') placing lpad(to_hex(\(lane)), 2, '0') from 1)::uuid"
    }

    private static func outcomes(_ call: String, _ client: PostgresClient) async throws -> [String] {
        try await client.texts("select outcome from \(call) where place > 0 order by place")
    }

    /// The units whose holds a lane's sweeper ends now.
    private static func swept(_ lane: Int, _ client: PostgresClient) async throws -> [String] {
        try await client.texts("select item || '/' || number from end_due_holds(2, \(lane), clock_timestamp(), 100)")
    }

    /// Whether a call waits while another transaction has a lock.
    static func isWaiting(_ call: String, for lock: String, on client: PostgresClient) async throws -> Bool {
        try await client.withTransaction(deadline: .patient) { holder in
            _ = try await holder.query(
                PostgresStatement("lock", "select \(lock)", type: .select, table: .none, isPrepared: false))
            do {
                try await client.execute(
                    script: "set lock_timeout = '200ms'; begin; select \(call); rollback; reset lock_timeout",
                    deadline: .patient)
                return false
            } catch let error as PostgresError where error.sqlState == "55P03" {
                return true
            }
        }
    }
}
