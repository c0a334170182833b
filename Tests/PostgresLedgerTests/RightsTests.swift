// What the role cannot do that the service runs as.

import LibpqClient
import PostgresLedger
import Testing

@Suite("The rights of the service") struct RightsTests {
    @Test(
        "The service's role can take no wall down, and cannot change what is written once",
        arguments: [
            "alter table units drop constraint units_taken_once", "drop trigger units_stay_sold on units",
            "alter table buyers disable trigger all", "truncate units", "drop function lock_sale(int)",
            "create table mine ()", "create function hold_grace() returns interval language sql as 'select null'",
            "update sales set stock_per_item = 1000000", "update sales set ended_at = 'infinity'",
            "update items set price_minor = 0", "update orders set user_id = 'me'", "delete from orders",
            "delete from ended_holds", "update ended_holds set code = null", "delete from buyers",
            "update units set expires_at = 'infinity'", "delete from checkouts", "delete from schema_tables",
            "delete from archived_orders", "insert into archived_orders select * from orders",
            "update archived_units set price_minor = 0", "update sales set retired_at = now()", "delete from sales",
            "delete from order_items", "set session_replication_role = replica", "set role postgres",
        ])
    func refused(sql: String) async throws {
        try await withOwnerAndService { _, service in
            await #expect(throws: PostgresError.self) { try await service.run(sql) }
        }
    }

    @Test("A role that may only connect can neither archive a sale nor change one")
    func strangers() async throws {
        try await withOwnerAndService { owner, _ in
            try await owner.execute(
                script: """
                    do $$ begin create role conformance_stranger; exception when duplicate_object then end $$
                    """, deadline: .patient)
            for call in ["ledger_retire(1, 24, 0, 1)", "sale_change(1, null, 'me', 'why', null, 'end')"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await owner.execute(
                        script: "begin; set local role conformance_stranger; select \(call); commit",
                        deadline: .patient)
                }
                #expect(error?.message.contains("permission denied for function") == true, "\(call)")
            }
        }
    }

    @Test("A grant takes back what the role had besides")
    func again() async throws {
        try await withOwnerAndService { owner, service in
            try await owner.run("grant all on all tables in schema public to conformance_service")
            #expect(try await service.run("update items set price_minor = 0").count == 0)
            try await Migrator(client: owner, logger: .silent).grantServiceRights(to: "conformance_service")
            await #expect(throws: PostgresError.self) { try await service.run("update items set price_minor = 0") }
        }
    }
}
