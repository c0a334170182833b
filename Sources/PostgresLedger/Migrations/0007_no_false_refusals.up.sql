-- A call that ends holds looks at a limited number of them, so that none keeps a sale's queue for long. Where that was
-- not enough, holds that are past their time still count as taken: no buyer may be refused for them, and who ends holds
-- must hear that there may be more.

-- Whether what has ended or should have stands before the sweeper. The caller holds the sale's lock.
create function is_sweep_behind(p_sale int, p_now timestamptz) returns boolean language plpgsql volatile as $$
begin
    return exists (
        select from (
            select h.ended_at, h.expires_at from holds h
            where h.sale_id = p_sale and h.hold_id > (select s.hold_id from sweeps s where s.sale_id = p_sale)
            order by h.hold_id limit 1
        ) first
        where first.ended_at is not null or first.expires_at + hold_grace() <= p_now
    );
end $$;

-- record: the outcomes are those of record_holds, which decides. Only, where holds may be due that nobody has ended
-- yet, what they could undo is no answer: 'already', 'limit' and 'none' come back as 'again', and the next batch gets
-- further.
alter function ledger_record(int, uuid[], text[], int[], int[], uuid[], text[]) rename to record_holds;

create function ledger_record(
    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[], p_key text[]
)
returns table (
    place int, outcome text, item int, number int, code uuid, user_id text, items_count int, expires_at timestamptz,
    age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    v_now timestamptz := lock_sale(p_sale);
    v_is_behind boolean := is_sweep_behind(p_sale, v_now);
begin
    if v_is_behind then
        return query
        select 0, 'ended', e.item, e.number, e.code, e.user_id, 0, e.expires_at, e.age_ms
        from end_due_holds(p_sale, v_now, 1000) e;
        v_is_behind := is_sweep_behind(p_sale, v_now);
    end if;
    return query
    select r.place, case when v_is_behind and r.outcome in ('already', 'limit', 'none') then 'again' else r.outcome end,
        r.item, r.number, r.code, r.user_id, r.items_count, r.expires_at, r.age_ms
    from record_holds(p_sale, p_request, p_user, p_item, p_number, p_candidate, p_key) r;
end $$;

-- expire: ends holds that are past their time and grace. One row with 'stale' if the duty has gone to another, and one
-- with 'behind' after those that ended if the limit has kept it from going on.
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
    if is_sweep_behind(p_sale, v_now) then
        return query select 'behind', null::int, null::int, null::uuid, null::text, null::timestamptz,
            null::int;
    end if;
end $$;
