// The files of the schema: all of them are in the program, and a database that was upgraded is the same as a new one.

import Foundation
import LibpqClient
import Synchronization
import Telemetry
import Testing

@testable import PostgresLedger

@Suite struct SchemaFilesTests {
    private static let files = SchemaFiles.ofThisBuild

    @Test("Every file on disk is in the program, and table files count from 1")
    func onDisk() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        func names(in folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(root)/Sources/PostgresLedger/Schema/\(folder)")
                .map { String($0.dropLast(".sql".count)) }.sorted()
        }
        #expect(try names(in: "Tables") == Self.files.tables.map(\.name))
        #expect(try names(in: "Functions") == Self.files.functions.map(\.name).sorted())
        for (place, file) in Self.files.tables.enumerated() {
            #expect(file.name.hasPrefix(String(format: "%04d_", place + 1)))
        }
    }

    @Test("Functions that changed since the last release have a new revision")
    func revision() async throws {
        try await withClient(isMigrated: false) { client in
            let statement = PostgresStatement(
                "checksum", "select encode(sha256(convert_to($1::text, 'UTF8')), 'hex')", type: .select, table: .none)
            let text = Self.files.functions.map(\.text).joined()
            let checksum = try await client.query(statement, [.text(text)], deadline: .patient).firstRow()[0].string()
            #expect(
                checksum == Self.checksum,
                """
                The functions have changed. If revision \(Self.files.functionsRevision) has been released, raise \
                SchemaFiles.functionsRevision. Then put this checksum here: \(checksum)
                """)
        }
    }

    /// Of the functions of the revision that the program has.
    private static let checksum = "fb813366d14df2aa177ab48bae31db03603530eefab26c4f5995a2c5c31b1556"

    @Test(
        "A database upgraded from any version is the same as a new one",
        arguments: 1...SchemaFiles.ofThisBuild.tables.count)
    func upgraded(version: Int) async throws {
        let new = try await Self.description(of: [Self.files])
        #expect(new.count > 100)
        let difference = try await Self.description(of: [Self.former(Self.files, at: version), Self.files])
            .difference(from: new)
        #expect(difference.isEmpty, "\(difference)")
    }

    @Test("A second table file that does not do the same to an older database as to a new one is found")
    func disagreement() async throws {
        let second = SchemaFile(
            "0002_notes",
            """
            do $$ begin
                if to_regprocedure('lock_sale(int)') is null then
                    alter table sales add column note text not null default '';
                else
                    alter table sales add column note text;
                end if;
            end $$
            """)
        let files = SchemaFiles(
            tables: Self.files.tables + [second], functions: Self.files.functions, functionsRevision: 2)
        let difference = try await Self.description(of: [Self.files, files])
            .difference(from: Self.description(of: [files]))
        #expect(difference.count == 2, "\(difference)")
    }

    @Test(
        "The comparison sees every kind of difference",
        arguments: [
            "alter table sales add column note text",
            "alter table sales alter column hold_seconds type bigint",
            "alter table sales alter column epoch set default 2",
            "alter table units alter column code drop not null",
            "alter table unit_changes alter column change_id drop identity",
            "alter table ended_holds drop constraint ended_holds_as",
            "alter domain buyer_room drop constraint buyers_limit",
            "alter type unit_state add value 'lost'",
            "drop trigger units_stay_sold on units",
            "alter table units set (fillfactor = 100)",
            "alter table orders rename column total_minor to total",
            "drop index ended_holds_by_sale",
            "drop table cancellations",
            "insert into duties (duty) values ('another')",
            "alter sequence unit_changes_change_id_seq increment by 2",
            "create function left_over() returns int language sql as 'select 1'",
            "create or replace function hold_grace() returns interval language sql as 'select null::interval'",
            "alter function ledger_order set jit = on",
            "create type left_over as (a int)",
            "create type left_over as range (subtype = text)",
            "create view left_over as select 1 as a",
        ])
    func difference(change: String) async throws {
        try await withClient { client in
            let before = try await client.schemaDescription()
            try await client.run(change)
            #expect(try await client.schemaDescription() != before)
        }
    }

    /// The files of an older program: fewer table files, and functions of which some are gone by now, some have another
    /// signature, and some another body.
    private static func former(_ files: SchemaFiles, at version: Int) -> SchemaFiles {
        SchemaFiles(
            tables: Array(files.tables.prefix(version)),
            functions: [
                SchemaFile("gone", "create function gone() returns int language sql as 'select 1'"),
                SchemaFile(
                    "expire",
                    """
                    create function ledger_expire(p_sale int, p_fence bigint, p_limit int) returns setof int
                    language sql as 'select 1';
                    """),
                SchemaFile("release", "create function ledger_release(a int) returns int language sql as 'select a'"),
                files.functions[0],
            ], functionsRevision: 0)
    }

    /// What a database is after some programs have migrated it, one after the other.
    private static func description(of programs: [SchemaFiles]) async throws -> [String] {
        let client = Mutex<[String]>([])
        try await withClient(isMigrated: false) { database in
            for files in programs { try await Migrator(client: database, files: files, logger: .silent).migrate() }
            let lines = try await database.schemaDescription()
            client.withLock { $0 = lines }
        }
        return client.withLock(\.self)
    }
}

extension PostgresClient {
    /// A line for everything that a schema consists of, from Postgres's own catalogs.
    fileprivate func schemaDescription() async throws -> [String] {
        try await run(
            """
            with ours as (
                select c.oid, c.relname, c.relkind, c.reloptions from pg_class c
                where c.relnamespace = 'public'::regnamespace
            )
            select line from (
                select format('relation %s (%s) %s', relname, relkind, reloptions) from ours
                union all
                select format('column %s.%s %s %s not null %s default %s identity %s', o.relname,
                    row_number() over (partition by o.oid order by a.attnum), a.attname,
                    format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity)
                from ours o
                join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
                left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
                union all
                select format('constraint %s of %s %s', n.conname, o.relname, pg_get_constraintdef(n.oid))
                from ours o join pg_constraint n on n.conrelid = o.oid
                -- Since version 18 Postgres has one for each column that is not null.
                where n.contype <> 'n'
                union all
                select format('index %s', pg_get_indexdef(o.oid)) from ours o where o.relkind = 'i'
                union all
                select format('view %s %s', o.relname, pg_get_viewdef(o.oid)) from ours o where o.relkind = 'v'
                union all
                select format('trigger %s', pg_get_triggerdef(t.oid)) from ours o join pg_trigger t on t.tgrelid = o.oid
                where not t.tgisinternal
                union all
                select format('sequence %s from %s by %s', o.relname, s.seqstart, s.seqincrement)
                from ours o join pg_sequence s on s.seqrelid = o.oid
                union all
                select format('function %s', pg_get_functiondef(p.oid)) from pg_proc p
                where p.pronamespace = 'public'::regnamespace
                union all
                select format('type %s', t.typname) from pg_type t
                where t.typnamespace = 'public'::regnamespace and t.typtype in ('c', 'd', 'e', 'r')
                union all
                select format('label %s of %s', e.enumlabel, e.enumtypid::regtype) from pg_enum e
                union all
                select format('constraint %s of domain %s %s', n.conname, n.contypid::regtype,
                    pg_get_constraintdef(n.oid))
                from pg_constraint n where n.contypid <> 0
                union all
                select format('duty %s', duty) from duties
            ) x (line)
            order by line collate "C"
            """
        ).map { try $0[0].string() }
    }
}
