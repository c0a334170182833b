-- What has been applied to this database. Made by the first migration that comes, beside it in its transaction.
create table migrations (
    version int not null,
    name text not null,
    -- Of the text that was applied, so that a later change to it does not go unnoticed.
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp(),
    constraint migrations_once primary key (version)
);
