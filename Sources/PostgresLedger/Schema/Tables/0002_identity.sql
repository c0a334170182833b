-- The ledger's own identity. A Redis may serve several ledgers, each with a sale 1: their keys differ by it.
create table ledger (
    identity uuid not null default gen_random_uuid(),
    -- There is one row.
    is_this boolean not null default true,
    constraint ledger_is_one primary key (is_this),
    constraint ledger_is_this check (is_this)
);

insert into ledger default values;
