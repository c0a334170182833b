// Rules of the herald that its seam does not show: how far a line is complete, and who may note what was told.

import LibpqClient
import Telemetry

extension LedgerRule {
    static let herald = [
        LedgerRule("A line is complete up to where no batch is at work that may commit a lower number") { client in
            try await client.withTransaction(deadline: .patient) { holder in
                for step in ["lock_lane(1, 0)", "nextval('orders_order_number_seq')"] {
                    _ = try await holder.query(
                        PostgresStatement("step", "select \(step)", type: .select, table: .none, isPrepared: false))
                }
                do {
                    try await client.execute(
                        script: "begin; set local lock_timeout = '200ms'; select herald_horizon(1); rollback",
                        deadline: .patient)
                } catch let error as PostgresError where error.sqlState == "55P03" {
                    return
                }
                throw RuleBroken("the line was said to be complete beside a batch at work")
            }
        },
        LedgerRule("A line is not complete while somebody changes the sale by hand") { client in
            try await client.withTransaction(deadline: .patient) { holder in
                _ = try await holder.query(
                    PostgresStatement(
                        "change", "update sales set taken_max = 1 where sale_id = 1", type: .other, table: .none,
                        isPrepared: false))
                try expect(try await client.texts("select coalesce(herald_horizon(1), 0)"), ["0"])
            }
            let told = "select type from herald_events(1, 0, herald_horizon(1), 9)"
            try expect(try await client.texts(told), ["order.placed", "sale.changed"])
        },
        LedgerRule("What was told is noted under the newest fence, and stays told") { client in
            let told = "select told from webhook_cursors where sale_id = 1"
            try await client.execute(script: "select next_fence('herald'), next_fence('herald')", deadline: .patient)
            try expect(try await client.texts("select count(*) from herald_due(2) where sale_id = 1"), ["1"])
            try expect(try await client.texts("select herald_advance(1, 9, 1)"), ["false"])
            try expect(try await client.texts("select sale_id is null from herald_due(1)"), ["true"])
            try expect(try await client.texts("select told from herald_due(2)"), ["0"])
            for number in [9, 5] {
                try expect(try await client.texts("select herald_advance(1, \(number), 2)"), ["true"])
                try expect(try await client.texts(told), ["9"])
            }
        },
        LedgerRule("Orders in the archive are told, with their lines") { client in
            let told = "select data from herald_events(1, 0, herald_horizon(1), 9)"
            let before = try await client.texts(told)
            try expect(before.count, 1)
            try await client.pass(.seconds(2 * 86_400))
            try await client.execute(
                script: "select next_fence('retention'), next_fence('herald')", deadline: .patient)
            for _ in 1...20 {
                try await client.execute(script: "select * from ledger_retire(1, 1, 0, 5)", deadline: .patient)
                try expect(try await client.texts(told), before)
            }
            try expect(try await client.texts("select count(*) from archived_orders"), ["1"])
        },
    ]
}
