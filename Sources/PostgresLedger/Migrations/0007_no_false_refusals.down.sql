-- Takes back that a sweep says whether it is behind.
create or replace function ledger_expire(p_sale int, p_fence bigint, p_limit int)
returns table (
    outcome text, item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    v_now timestamptz := lock_sale(p_sale);
begin
    if not fence_stands('sweeper', p_fence) then
        return query select 'stale', null::int, null::int, null::uuid, null::text, null::timestamptz,
            null::int;
        return;
    end if;
    return query
    select 'ended', e.item, e.number, e.code, e.user_id, e.expires_at, e.age_ms
    from end_due_holds(p_sale, v_now, p_limit) e;
end $$;
drop function ledger_record(int, uuid[], text[], int[], int[], uuid[], text[]);
alter function record_holds(int, uuid[], text[], int[], int[], uuid[], text[]) rename to ledger_record;
drop function is_sweep_behind(int, timestamptz);
