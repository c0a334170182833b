-- expire: the sweeper's function.

-- Ends a lane's holds that are past their time and grace, and looks at no more than p_limit holds.
--
-- Outcomes: ended (a hold, one row each); stale (one row alone: the duty has gone to another instance); behind (one row
-- after those that ended: the limit was reached, and there may be more to end).
create function ledger_expire(p_sale int, p_fence bigint, p_limit int, p_lane int default 0)
returns table (
    outcome text, item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz;
    v_time timestamptz;
begin
    -- Mostly nothing is due. Then nobody has to wait and nothing is written, for there are four runs a second for each
    -- lane of each sale, and what writes waits for the disk and for the standby.
    if not is_sweep_behind(p_sale, p_lane, clock_timestamp()) then
        if not exists (select from duties d where d.duty = 'sweeper' and d.fence = p_fence) then
            outcome := 'stale';
            return next;
        end if;
        return;
    end if;
    v_now := lock_lane(p_sale, p_lane);
    -- While purchases are paused, the time of holds stands still.
    v_time := least(v_now, (select s.purchases_paused_at from sales s where s.sale_id = p_sale));
    if not fence_stands('sweeper', p_fence) then
        outcome := 'stale';
        return next;
        return;
    end if;
    return query
    select 'ended', e.item, e.number, e.code, e.user_id, e.expires_at, e.age_ms
    from end_due_holds(p_sale, p_lane, v_time, p_limit) e;
    if is_sweep_behind(p_sale, p_lane, v_time) then
        outcome := 'behind';
        return next;
    end if;
end $$;
