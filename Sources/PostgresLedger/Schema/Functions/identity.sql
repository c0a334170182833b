-- Which ledger this is.

-- The ledger's identity, bound to the place where it stands: 16 hexadecimal digits. A copy of the ledger in another
-- schema, database or cluster has another one, so it does not take its original's keys in Redis for its own. A standby
-- has its primary's.
create function ledger_identity() returns text language plpgsql stable as $$
begin
    return (
        select left(encode(sha256(convert_to(
            concat_ws(' ', l.identity, c.system_identifier, d.oid, 'ledger'::regclass::oid), 'UTF8')), 'hex'), 16)
        from ledger l, pg_control_system() c, pg_database d
        where d.datname = current_database()
    );
end $$;
