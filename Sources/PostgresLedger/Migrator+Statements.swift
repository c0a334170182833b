// The migrator's statements: what a database has of the schema is read and noted by these alone.

import LibpqClient
import Telemetry

extension Migrator {
    /// A step takes the time it takes: the client's limit for a statement is lifted in this transaction alone.
    static let lift = statement("lift_statement_timeout", "set local statement_timeout = 0", .other)
    /// The lock is the schema's in which the ledger stands, or will stand: two ledgers in one database do not wait for
    /// each other.
    static let lock = statement(
        "lock_migrators",
        """
        select pg_advisory_xact_lock(
            'pg_namespace'::regclass::oid::int, quote_ident(current_schema())::regnamespace::oid::int)
        """)
    /// Another schema of the search path may hold another ledger. The first one counts: tables are made there.
    static let find = statement(
        "find_schema",
        """
        select to_regclass(quote_ident(current_schema()) || '.schema_tables') is not null,
            to_regclass(quote_ident(current_schema()) || '.migrations') is not null
                and to_regclass(quote_ident(current_schema()) || '.order_items') is not null
        """)
    static let compareTables = statement(
        "compare_tables",
        """
        select coalesce(d.name, p.name), d.applied_at, d.checksum = sha256(convert_to(p.text, 'UTF8'))
        from unnest($1::text[], $2::text[]) with ordinality as p (name, text, place)
        full join schema_tables d on d.version = p.place
        order by coalesce(d.version, p.place)
        """)
    static let compareFunctions = statement(
        "compare_functions",
        """
        select coalesce(p.name, d.file), d.placed_at, d.checksum = sha256(convert_to(p.text, 'UTF8')), d.revision
        from unnest($1::text[], $2::text[]) with ordinality as p (name, text, place)
        full join schema_functions d on d.file = p.name
        order by p.place, d.file
        """)
    static let noteTable = statement(
        "note_table",
        "insert into schema_tables (version, name, checksum) values ($1, $2, sha256(convert_to($3, 'UTF8')))", .insert)
    static let strikeFunctions = statement(
        "strike_functions",
        """
        with former as (delete from schema_functions where file = any ($1) returning functions)
        select unnest(functions) from former
        """, .delete)
    /// The functions of a file are those that this transaction has made and noted for no file before it.
    static let noteFunctions = statement(
        "note_functions",
        """
        insert into schema_functions (file, checksum, functions, revision)
        select $1, sha256(convert_to($2, 'UTF8')), coalesce(array_agg(f.name), '{}'), $3
        from (
            select p.oid::regprocedure::text as name from pg_proc p where p.xmin = pg_current_xact_id()::xid
            except select unnest(d.functions) from schema_functions d
        ) f
        """, .insert)
    static let noteRevision = statement(
        "note_revision", "update schema_functions set revision = $1 where revision <> $1", .update)

    static let grant = statement("grant_service_rights", "select grant_service_rights($1)", .other)

    private static func statement(_ name: String, _ sql: String, _ type: QueryType = .select) -> PostgresStatement {
        PostgresStatement(name, sql, type: type, table: .migrations, isPrepared: false)
    }
}
