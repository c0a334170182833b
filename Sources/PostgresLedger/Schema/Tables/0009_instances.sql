-- The instances of the service, as they say of themselves.
--
-- Unlogged: a beat costs no flush and waits for no standby. A crash or a failover empties the table, and the next beats
-- fill it again.
create unlogged table instances (
    instance text constraint instances_key primary key,
    name text not null,
    api_url text not null,
    ops_url text not null,
    build text not null,
    started_at timestamptz not null,
    -- By the clock of Postgres; an instance's own clock may be wrong.
    seen_at timestamptz not null,
    constraint instances_are_short
        check (octet_length(instance) <= 64 and octet_length(name || api_url || ops_url || build) <= 512)
) with (fillfactor = 50);
