-- What of this program's schema the database has. The migrator alone reads and writes these two tables, and makes them
-- before the first table file, in one transaction with it.

-- The table files that ran.
create table schema_tables (
    version int not null,
    name text not null,
    -- SHA-256 of the text that ran: a file that changes afterwards does not go unnoticed.
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp(),
    constraint schema_tables_once primary key (version)
);

-- The function files that are in place.
create table schema_functions (
    file text not null,
    checksum bytea not null,
    -- The functions that the file made, as `drop function` takes them.
    functions text[] not null,
    -- The revision of the program that put them in place: it tells whether the database or a program is older.
    revision int not null,
    placed_at timestamptz not null default clock_timestamp(),
    constraint schema_functions_once primary key (file)
);
