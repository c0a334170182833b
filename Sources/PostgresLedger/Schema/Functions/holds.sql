-- What batches do with holds: look them up, end them, and find those that are due. Callers hold the sale's lock.
--
-- A sale is minutes old when its rush comes, so no plan may depend on statistics. All batch functions therefore look up
-- rows by their whole key, in LATERAL subqueries with a LIMIT, which the planner cannot turn into another join. They
-- update rows by their place (ctid), which does not change under the sale's lock. The planner settings of the functions
-- that the service calls also hold for the functions that those call.

-- The holds with some numbers, and their places. Each is looked up alone: with `= any` the planner has a choice, and if
-- it chose while the table was empty it reads every hold of the sale.
create function holds_at(p_sale int, p_holds bigint[])
returns table (
    place tid, hold_id bigint, code uuid, request uuid, item int, number int, held_at timestamptz,
    expires_at timestamptz, ended_at timestamptz, ended_as text
)
language sql stable as $$
    select x.*
    from unnest(p_holds) as asked (hold_id)
    cross join lateral (
        select h.ctid, h.hold_id, h.code, h.request, h.item, h.number, h.held_at, h.expires_at, h.ended_at, h.ended_as
        from holds h where h.sale_id = p_sale and h.hold_id = asked.hold_id limit 1
    ) x
$$;

-- Ends those of the given holds that are live, releases their units, and notes the change. Returns what it ended.
create function end_holds(p_sale int, p_holds bigint[], p_now timestamptz, p_how text)
returns table (item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_sale_end timestamptz := (select s.ended_at from sales s where s.sale_id = p_sale);
begin
    return query
    with ended as (
        update holds h
        set ended_at = p_now,
            ended_as = case when p_how = 'expired' and h.expires_at >= v_sale_end then 'sale_ended' else p_how end
        from holds_at(p_sale, p_holds) f
        where h.ctid = f.place and f.ended_at is null
        returning h.hold_id, h.item, h.number, h.code, h.held_at, h.expires_at
    ), released as (
        update units u set hold_id = null
        from ended e
        cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = e.item and x.number = e.number and x.hold_id = e.hold_id limit 1
        ) f
        where u.ctid = f.place
    ), noted as (
        insert into unit_changes (sale_id, kind, items, numbers)
        select p_sale, 'free'::unit_change, array_agg(e.item), array_agg(e.number) from ended e having count(*) > 0
    ), owned as materialized (
        select e.*, c.user_id
        from ended e
        cross join lateral (
            select x.user_id from checkouts x where x.sale_id = p_sale and x.code = e.code limit 1
        ) c
    ), lowered as (
        -- Only the open cart has live holds, so a buyer whose last hold ends has no open cart any more.
        update buyers b
        set held = b.held - e.count,
            open_code = case when b.held > e.count then b.open_code end
        from (select x.user_id, x.code, count(*) as count from owned x group by x.user_id, x.code) e
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = e.user_id limit 1
        ) f
        where b.ctid = f.place
        returning e.code, b.held
    ), closed as (
        update checkouts c
        set closed_at = p_now, closed_as = case when p_how = 'cancelled' then 'cancelled' else 'expired' end
        from lowered l
        cross join lateral (
            select x.ctid as place from checkouts x where x.sale_id = p_sale and x.code = l.code limit 1
        ) f
        where c.ctid = f.place and l.held = 0
    )
    select e.item, e.number, e.code, e.user_id, e.expires_at, age_ms(e.held_at, p_now) from owned e;
end $$;

-- Whether the sweeper is behind: the first hold that it has not passed has ended, or is past its time and grace. Holds
-- expire in the order of their numbers, so if the first is neither, no hold is due.
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

-- Ends holds that are past their time and grace, oldest first, and lets the sweeper pass them. It looks at no more than
-- p_limit holds, so that no call keeps the sale's queue for long. Returns what it ended.
create function end_due_holds(p_sale int, p_now timestamptz, p_limit int)
returns table (item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_start bigint := (select s.hold_id from sweeps s where s.sale_id = p_sale);
    v_passed bigint := v_start;
    v_due bigint[] := '{}';
    v_hold record;
begin
    for v_hold in
        select h.hold_id, h.ended_at, h.expires_at from holds h
        where h.sale_id = p_sale and h.hold_id > v_start
        order by h.hold_id limit p_limit
    loop
        exit when v_hold.ended_at is null and v_hold.expires_at + hold_grace() > p_now;
        if v_hold.ended_at is null then
            v_due := v_due || v_hold.hold_id;
        end if;
        v_passed := v_hold.hold_id;
    end loop;
    if v_passed > v_start then
        update sweeps set hold_id = v_passed where sale_id = p_sale;
    end if;
    if v_due <> '{}' then
        return query select e.* from end_holds(p_sale, v_due, p_now, 'expired') e;
    end if;
end $$;
