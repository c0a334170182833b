// Rules of pods that their seam does not show: what a lock keeps in order, and what the ledger refuses.

import LibpqClient
import Telemetry

extension LedgerRule {
    static let pods = [
        LedgerRule("Who gives a shop away waits for a sale that is being created") { client in
            try await client.withTransaction(deadline: .patient) { creator in
                _ = try await creator.query(
                    PostgresStatement(
                        "create", "select create_sale('2031-01-01', '2031-01-02', 1, 1, 1, 60, null)", type: .select,
                        table: .none, isPrepared: false))
                do {
                    try await client.execute(
                        script: "begin; set local lock_timeout = '200ms'; select give_shop('main', 0, 1); rollback",
                        deadline: .patient)
                } catch let error as PostgresError where error.sqlState == "55P03" {
                    return
                }
                throw RuleBroken("it did not wait")
            }
        },
        LedgerRule("A ledger with a sale becomes no pod, and has no sale with a number of one") { client in
            try expect(try await client.texts("select become_pod(1)"), ["false"])
            do {
                try await client.run(
                    """
                    insert into sales (
                        sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds
                    )
                    overriding system value
                    select 1 << 24, ended_at, ended_at + interval '1 hour', 1, 1, 1, 1 from sales
                    """)
            } catch let error as PostgresError where error.constraintName == "sales_are_of_their_pod" {
                return
            }
            throw RuleBroken("nothing refused the number")
        },
    ]
}
