// Audits the auditor: each check of the ledger gets data that it must find, and that no other check finds.

import DevStack
import LibpqClient
import Telemetry
import Testing

@testable import Audit

@Suite("The audit of the ledger")
struct AuditOfLedgerTests {
    @Test("A sale with every kind of event is clean")
    func clean() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil("update sales set lapses_max = 3")
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
            #expect(report.notes == ["the gate was not checked"])
            #expect(report.findings.map(\.check) == AuditCheck.all.map(\.name))
            #expect(report.table.contains("audit passed in "))
        }
    }

    @Test("A refund after a pause is clean: what was sold ends no later by it")
    func refundAfterAPause() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                """
                update sales set paused_at = now(), purchases_paused_at = now() - interval '1 minute' where sale_id = 1;
                update sales set paused_at = null, purchases_paused_at = null where sale_id = 1;
                delete from order_items where sale_id = 1 and item = 2;
                """)
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("A unit that went to a lane whose changes are forgotten sooner is clean")
    func forgottenSooner() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(AuditedSale.passedOn + "delete from unit_changes where sale_id = 3 and lane = 0")
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("A sale beside those of another shop is clean")
    func shops() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                """
                select create_sale(started_at, ended_at, 1, 1, 1, 60, null, null, 1, 'lego') from sales;
                insert into items select sale_id, 1, 'item', 100, 'EUR' from sales where shop = 'lego';
                """)
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("Each check finds its spoiled rows, and no other check finds anything", arguments: Spoiling.all)
    func spoiled(by spoiling: Spoiling) async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(spoiling.script)
            let report = try await sale.audit()
            let found = report.findings.filter { $0.breaches > 0 }
            #expect(found.map(\.check) == [spoiling.check], "\(report.table)")
            #expect(found.first?.counterexamples.contains { $0.contains(spoiling.says) } == true, "\(report.table)")
            #expect(report.table.contains(spoiling.says))
            #expect(report.table.contains("AUDIT FAILED in "))
        }
    }

    @Test("A step of the usher is judged by its own arithmetic, in which 1.1 times 50 is more than 55")
    func rounding() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                """
                \(Spoiling.line)
                update queues set called = 52;
                update queue_steps set step = 52, called = 52, free = 50, pending = 4, pace = 1000;
                """)
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("A line is clean though the clock was set back: by the number that is called, steps follow one another")
    func setBack() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                """
                \(Spoiling.line)
                update queues set called = 61;
                insert into queue_steps
                select s.sale_id, s.stepped_at - n.back, s.cohort, n.called, n.step, s.last_number, s.free, n.pending,
                    s.units_per_cart, s.pace, s.share, s.seconds, n.is_nudge
                from queue_steps s, (
                    values (interval '10 s', 60, 10, 0, false), (interval '1 s', 61, 1, 1000, true)
                ) n (back, called, step, pending, is_nudge);
                """)
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
        }
    }

    @Test("Every check has data on which it fails")
    func complete() {
        #expect(Set(Spoiling.all.map(\.check)) == Set(AuditCheck.all.map(\.name)))
        #expect(Set(AuditCheck.all.map(\.name)).count == AuditCheck.all.count)
    }

    @Test("A sale that leaves is clean at each step, into the archive and out of it")
    func leaving() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                """
                update sales
                set started_at = started_at - interval '4 days', ended_at = ended_at - interval '4 days', lapses_max = 3
                where sale_id = 1;
                \(AuditedSale.expiring(at: "now() - interval '1 second'"))
                \(Spoiling.line)
                insert into queue_reports values (1, 7, 0, 100, 50, 0);
                insert into queue_shown values (1, 0, 7, 50);
                """)
            for days in 0...1 {
                var outcome = ""
                while outcome != "idle" {
                    let step = PostgresStatement(
                        "step", "select outcome from ledger_retire(next_fence('retention'), 1, \(days), 4)",
                        type: .call, table: .none, isPrepared: false)
                    outcome = try await sale.postgres.query(step, deadline: .now + .seconds(30)).firstRow()[0].string()
                    let report = try await sale.audit()
                    #expect(report.isClean, "after a step: \(report.table)")
                }
            }
            try await sale.spoil(
                """
                do $$ begin
                    assert not exists (
                        select from sales union all select from stocks union all select from forgotten_sales
                        union all select from all_units union all select from archived_orders
                        union all select from archived_items union all select from archived_checkouts
                        union all select from queues union all select from queue_steps
                        union all select from queue_reports union all select from queue_shown
                        union all select from item_stocks
                    );
                end $$
                """)
        }
    }

    @Test("A broken sale does not spoil the audit of another")
    func oneSale() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil("delete from buyers where user_id = 'bob'")
            #expect(try await sale.audit(2).isClean)
            #expect(try await sale.audit(1).isClean == false)
        }
    }

    @Test("All of many breaches are counted and some are listed")
    func many() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil("insert into items select 1, n, 'item', 100, 'EUR' from generate_series(7, 26) n")
            let report = try await sale.audit()
            let finding = try #require(report.findings.first { $0.check == "stock_is_whole" })
            #expect(finding.breaches == 20)
            #expect(finding.counterexamples.count == Finding.counterexamplesMax)
            #expect(report.table.contains("and 10 more"))
        }
    }

    @Test("A hold that ended late is a note and no breach, because no hold can end while Postgres is down")
    func late() async throws {
        try await AuditedSale.withCopy { sale in
            try await sale.spoil(
                "update ended_holds set ended_at = expires_at + interval '1.6 seconds' where item = 5")
            let report = try await sale.audit()
            #expect(report.isClean, "\(report.table)")
            #expect(report.notes.contains { $0.contains("1 did not, such as hold of unit ITM-1-5/1") })
        }
    }

    @Test("A hold that became overdue after the audit had begun is no breach")
    func snapshot() async throws {
        try await AuditedSale.withCopy { sale in
            let check = try #require(AuditCheck.all.first { $0.name == "no_hold_is_overdue" })
            try await sale.postgres.withTransaction(deadline: .now + .seconds(30)) { connection in
                // Due at the very beginning of the transaction, which is over by now: any running clock is past it.
                try await connection.execute(script: AuditedSale.expiring(at: "now() - interval '1.75 seconds'"))
                let rows = try await connection.query(AuditStatements.counterexamples(of: check), [.null])
                #expect(rows.isEmpty)
            }
        }
    }

    @Test("A ledger that cannot be read is an error and no clean report")
    func unreadable() async throws {
        try await TestServers.shared.withDatabase { url in
            let postgres = try PostgresClient(PostgresClientConfiguration(url: url))
            await #expect(throws: PostgresError.self) { try await Auditor(postgres: postgres, redis: nil).audit() }
            await postgres.shutdown(deadline: .now)
        }
    }
}
