// deploy/reports: one database that reads several ledgers by postgres_fdw, and the example of a partitioned table.

import FlashSale
import Foundation
import LibpqClient
import PostgresLedger
import Testing

@Suite(
    "Reports over several ledgers",
    .enabled("this Postgres has no postgres_fdw") { try await hasForeignTables() })
struct ReportingTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/reports")

    private static func script(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Lends a database for reports, and the arguments by which it follows each of two ledgers.
    ///
    /// The first has two orders of ann and bob and a cancelled hold, the second an order of carl.
    private static func with(
        _ body: @escaping @Sendable (_ hub: PostgresClient, _ first: String, _ second: String) async throws -> Void
    ) async throws {
        try await LedgerFixture.with { first in
            for buyer in ["ann", "bob"] { _ = try await first.order(first.hold(1, buyer)) }
            _ = try await first.ledger.release(first.hold(2, "ann"), item: nil, by: nil, in: nil, deadline: .patient)
            let arguments = try await show(first)
            try await LedgerFixture.with { second in
                _ = try await second.order(second.hold(3, "carl"))
                let others = try await show(second)
                try await withClient(isMigrated: false) { hub in
                    try await hub.execute(script: script("hub.sql"), deadline: .patient)
                    try await body(hub, "'main', \(arguments)", "'second', \(others)")
                }
            }
        }
    }

    /// Shows a ledger to reports, and says where it is.
    private static func show(_ fixture: LedgerFixture) async throws -> String {
        // All databases of the tests' server share its roles.
        let role = """
            do $$ begin
                if to_regrole('flashsale_reports') is null then
                    create role flashsale_reports login password 'reports';
                end if;
            end $$;
            """
        try await fixture.client.execute(script: role + script("ledger.sql"), deadline: .patient)
        let place = try await fixture.client.run(
            "select format('%L, %s, %L', '127.0.0.1', inet_server_port(), current_database())")
        return try place[0][0].string() + ", 'flashsale_reports', 'reports'"
    }

    private static func texts(_ client: PostgresClient, _ query: String) async throws -> [String] {
        try await client.run(query).map { try $0[0].string() }
    }

    @Test("Views have the rows of all ledgers, and each ledger adds up its own")
    func views() async throws {
        try await Self.with { hub, first, second in
            for ledger in [first, second] { try await hub.run("call reporting.follow(\(ledger))") }
            let orders = try await Self.texts(
                hub, "select ledger || ' ' || user_id from reporting.orders order by 1")
            #expect(orders == ["main ann", "main bob", "second carl"])
            let revenue = "select sum(revenue_minor)::bigint from reporting.revenue_by_day"
            let whole = "select sum(total_minor)::bigint from reporting.orders"
            #expect(try await hub.number(revenue) == hub.number(whole))
            let sold = try await Self.texts(
                hub, "select ledger || ' ' || sold || '/' || stock from reporting.sell_through order by 1")
            #expect(sold == ["main 2/6", "second 1/6"])
            let lost = try await Self.texts(
                hub, "select ledger || ' ' || ended_as || ' ' || holds from reporting.lost_holds_by_day")
            #expect(lost == ["main cancelled 1"])
            for view in ["revenue_by_day", "sell_through", "lost_holds_by_day"] {
                let plan = try await Self.texts(hub, "explain (verbose, costs off) select * from reporting.\(view)")
                let scans = plan.filter { $0.contains("Relations: Aggregate on") }
                #expect(scans.count == 2, "\(plan.joined(separator: "\n"))")
            }
        }
    }

    @Test("No code, request or key is to be seen, and nothing can be written")
    func secrets() async throws {
        try await Self.with { hub, first, _ in
            try await hub.run("call reporting.follow(\(first))")
            let secrets = try await Self.texts(
                hub,
                """
                select table_name || '.' || column_name from information_schema.columns
                where table_schema = 'ledger_main'
                    and (data_type = 'uuid' or column_name ~ '(code|key|request)')
                """)
            #expect(secrets.isEmpty)
            #expect(
                try await hub.number(
                    "select count(distinct table_name) from information_schema.columns"
                        + " where table_schema = 'ledger_main'") == 5)
            await #expect(throws: PostgresError.self) { try await hub.run("delete from ledger_main.orders") }
            // The role of reports may read nothing but those views.
            await #expect(throws: PostgresError.self) {
                try await hub.execute(
                    script: """
                        create foreign table checkouts (code uuid) server ledger_main options (schema_name 'public');
                        select * from checkouts;
                        """, deadline: .patient)
            }
            try await hub.execute(
                script: "set role flashsale_analyst; select * from reporting.orders; reset role;", deadline: .patient)
            await #expect(throws: PostgresError.self) {
                try await hub.execute(
                    script: "set role flashsale_analyst; call reporting.leave('main');", deadline: .patient)
            }
        }
    }

    @Test("A ledger can move and leave, and a bad or unknown name is refused in a sentence")
    func moving() async throws {
        try await Self.with { hub, first, second in
            for ledger in [first, second, first] { try await hub.run("call reporting.follow(\(ledger))") }
            try await hub.run("call reporting.leave('main')")
            #expect(try await Self.texts(hub, "select user_id from reporting.orders") == ["carl"])
            try await hub.run("call reporting.leave('second')")
            #expect(try await hub.number("select count(*) from pg_foreign_server") == 0)
            let unknown = await #expect(throws: PostgresError.self) {
                try await hub.run("call reporting.leave('main')")
            }
            #expect("\(unknown, default: "")".contains("no ledger main is followed"))
            let bad = await #expect(throws: PostgresError.self) {
                try await hub.run("call reporting.follow(\(first.replacing("'main'", with: "'Main; drop'")))")
            }
            #expect("\(bad, default: "")".contains("a ledger's name is of small letters"))
        }
    }

    /// Two databases of one server stand for two servers.
    @Test("A table partitioned by hash asks one server for one buyer, and can keep nothing unique")
    func partitioned() async throws {
        try await withClient(isMigrated: false) { east in
            try await withClient(isMigrated: false) { west in
                try await withClient(isMigrated: false) { hub in
                    try await hub.run("create extension postgres_fdw")
                    for (name, part) in [("east", east), ("west", west)] {
                        try await Self.join(part, to: hub, as: name)
                    }
                    try await hub.execute(script: Self.script("partitioned.sql"), deadline: .patient)
                    try await Self.checkPartitions(hub)
                }
            }
        }
    }

    private static func join(_ part: PostgresClient, to hub: PostgresClient, as name: String) async throws {
        let role = """
            do $$ begin
                if to_regrole('flashsale_reports') is null then
                    create role flashsale_reports login password 'reports';
                end if;
            end $$;
            create table orders_part (
                ledger text not null, order_number bigint not null, user_id text not null, total_minor bigint not null);
            grant select, insert on orders_part to flashsale_reports;
            """
        try await part.execute(script: role, deadline: .patient)
        let place = try await texts(
            part, "select format('port %L, dbname %L', inet_server_port(), current_database())")
        try await hub.execute(
            script: """
                create server \(name) foreign data wrapper postgres_fdw options (host '127.0.0.1', \(place[0]));
                create user mapping for current_user server \(name)
                    options (user 'flashsale_reports', password 'reports');
                """, deadline: .patient)
    }

    private static func checkPartitions(_ hub: PostgresClient) async throws {
        try await hub.run("insert into all_orders select 'main', n, 'buyer-' || n, n from generate_series(1, 100) n")
        for part in ["east", "west"] {
            #expect(try await hub.number("select count(*) from all_orders_\(part)") > 20)
        }
        let plan = try await texts(hub, "explain (verbose) select * from all_orders where user_id = 'buyer-7'")
        #expect(plan.filter { $0.contains("Remote SQL") }.count == 1)
        let refused = await #expect(throws: PostgresError.self) {
            try await hub.run("create unique index on all_orders (user_id, order_number)")
        }
        #expect("\(refused, default: "")".contains("cannot create unique index on partitioned table"))
        await #expect(throws: PostgresError.self) {
            try await hub.run(
                "insert into all_orders values ('main', 1, 'x', 1) on conflict (order_number) do nothing")
        }
    }
}

private func hasForeignTables() async throws -> Bool {
    var isThere = false
    try await withClient(isMigrated: false) { client in
        let extensions = "select count(*) from pg_available_extensions where name = 'postgres_fdw'"
        isThere = try await client.number(extensions) > 0
    }
    return isThere
}
