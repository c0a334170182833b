// deploy/data: what leaves the ledger as change data, and that it takes nothing from it. `make cdc` has the rest.

import FlashSale
import Foundation
import LibpqClient
import PostgresLedger
import Testing

@Suite("The publication of change data") struct PublicationTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/data")

    /// Lends a ledger whose facts are published.
    private static func with(_ body: @escaping @Sendable (LedgerFixture) async throws -> Void) async throws {
        let publication = try String(contentsOf: folder.appending(path: "publication.sql"), encoding: .utf8)
        try await LedgerFixture.with { fixture in
            // All databases of the tests' server share its roles.
            let role = """
                do $$ begin
                    if to_regrole('flashsale_cdc') is null then create role flashsale_cdc; end if;
                end $$;
                """
            try await fixture.client.execute(script: role + publication, deadline: .patient)
            try await body(fixture)
        }
    }

    /// The settings of the connector.
    private static func connector() throws -> [String: String] {
        struct Connector: Decodable {
            let config: [String: String]
        }
        let data = try Data(contentsOf: folder.appending(path: "debezium.json"))
        return try JSONDecoder().decode(Connector.self, from: data).config
    }

    @Test("A connector whose slot was dropped reads all tables anew, as the runbook says")
    func droppedSlot() throws {
        // With "initial" it would refuse to go on: what it has read last is not in the log any more.
        #expect(try Self.connector()["snapshot.mode"] == "when_needed")
    }

    @Test("It has the columns that the connector asks for, and none that could hold a code or a key")
    func columns() async throws {
        let config = try Self.connector()
        try await Self.with { fixture in
            let published = try await fixture.client.run(
                """
                select format('%s.%s.(%s)', schemaname, tablename, array_to_string(attnames, '|'))
                from pg_publication_tables where pubname = 'flashsale_facts' order by 1
                """)
            let wanted = (config["column.include.list"] ?? "").split(separator: ",").sorted().map(String.init)
            #expect(try published.map { try $0[0].string() } == wanted)
            #expect(wanted.count == 4)
            let secrets = try await fixture.client.number(
                """
                select count(*) from pg_publication_tables p
                join information_schema.columns c
                    on c.table_schema = p.schemaname and c.table_name = p.tablename and c.column_name = any (p.attnames)
                where c.data_type = 'uuid' or c.column_name like '%key%'
                """)
            #expect(secrets == 0)
        }
    }

    @Test("The ledger holds, sells, gives back and refunds as without it, and nobody changes an order")
    func goesOn() async throws {
        try await Self.with { fixture in
            let bought = try await fixture.hold(1, "ann")
            let order = try await fixture.order(bought)
            guard case .ordered = order else {
                Issue.record("\(order)")
                return
            }
            let givenBack = try await fixture.hold(1, "bob")
            let release = try await fixture.ledger.release(givenBack, item: nil, by: nil, in: nil, deadline: .patient)
            guard case .released = release else {
                Issue.record("\(release)")
                return
            }
            let refused = await #expect(throws: PostgresError.self) {
                try await fixture.client.run("update orders set total_minor = 0")
            }
            #expect(refused.map { "\($0)" }?.contains("cannot update table") == true)
            try await fixture.client.run("delete from order_items")
            // As retention does.
            try await fixture.client.run("delete from orders")
            #expect(try await fixture.client.number("select count(*) from ended_holds") == 2)
        }
    }
}
