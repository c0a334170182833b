-- How holds end. Callers hold the sale's lock or the lane's.
--
-- A sale is minutes old when its rush comes, so no plan may depend on statistics. All batch functions therefore look up
-- rows by their whole key, in LATERAL subqueries with a LIMIT, which the planner cannot turn into another join. They
-- update rows by their place (ctid), which does not change under the lock. The planner settings of the functions
-- that the service calls also hold for the functions that those call.

-- Ends holds on some units, and releases the units: those that are held under a code, or without a code those that are
-- past their time and grace. A unit that another lane holds by now is that lane's. Returns what it ended.
create function end_holds(
    p_sale int, p_lane int, p_items int[], p_numbers int[], p_code uuid, p_now timestamptz, p_how text
)
returns table (item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_sale sales;
    v_before bigint := nextval('unit_changes_change_id_seq');
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    return query
    with gone as (
        delete from units u
        using unnest(p_items, p_numbers) as asked (item, number)
        cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = asked.item and x.number = asked.number and x.order_number is null
                and case
                    when p_code is not null then x.code = p_code
                    else x.expires_at + hold_grace() <= p_now and lane_of(x.code, v_sale.lane_count) = p_lane
                end
            limit 1
        ) f
        where u.ctid = f.place
        returning u.item, u.number, u.code, u.request, u.held_at, u.expires_at
    ), history as (
        insert into ended_holds (
            sale_id, item, number, code, request, held_at, expires_at, ended_at, ended_as
        )
        select p_sale, g.item, g.number, g.code, g.request, g.held_at, g.expires_at, p_now,
            case when p_how = 'expired' and g.expires_at >= v_sale.ended_at then 'sale_ended' else p_how end
        from gone g
    ), owned as materialized (
        select g.*, c.user_id, case p_how
                when 'cancelled' then p_now - g.held_at >= lapse_age() else g.expires_at < v_sale.ended_at
            end as is_lapse
        from gone g
        cross join lateral (
            select x.user_id from checkouts x where x.sale_id = p_sale and x.code = g.code limit 1
        ) c
    ), buyers_of_them as (
        update buyers b set held = greatest(b.held - n.count, 0),
            -- The limit may be lower than what the buyer has.
            room = greatest(v_sale.taken_max - b.bought - b.held + n.count, 0), lapsed = b.lapsed + n.lapsed,
            given_back = b.given_back + n.given_back
        from (
            select x.user_id, count(*)::int as count, count(*) filter (where x.is_lapse)::int as lapsed,
                count(*) filter (where p_how = 'cancelled' and not x.is_lapse)::int as given_back
            from owned x group by x.user_id
        ) n
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = n.user_id limit 1
        ) f
        where b.ctid = f.place
    ), change as (
        insert into unit_changes (sale_id, lane, state, items, numbers)
        select p_sale, p_lane, 'free', array_agg(g.item), array_agg(g.number) from gone g having count(*) > 0
    )
    select o.item, o.number, o.code, o.user_id, o.expires_at, age_ms(o.held_at, p_now) from owned o;
    perform count_changes(p_sale, p_lane, v_before, v_sale.stock_per_item > 1);
end $$;

-- Whether the sweeper is behind in a lane, or in any (null): a hold is past its time and grace.
create function is_sweep_behind(p_sale int, p_lane int, p_now timestamptz) returns boolean language plpgsql stable as $$
begin
    return exists (
        select from stocks k
        where k.sale_id = p_sale and coalesce(k.lane = p_lane, true) and k.next_end + hold_grace() <= p_now
    );
end $$;

-- Ends a lane's holds that are past their time and grace, oldest first, and lets the sweeper pass the changes that made
-- them. It looks at p_limit holds or, as the holds of one change end together, at those of one change. So no call keeps
-- the lane's queue for long. Returns what it ended.
create function end_due_holds(p_sale int, p_lane int, p_now timestamptz, p_limit int)
returns table (item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_swept bigint := (select k.swept from stocks k where k.sale_id = p_sale and k.lane = p_lane);
    v_next_end timestamptz;
    v_items int[] := '{}';
    v_numbers int[] := '{}';
    v_change record;
begin
    for v_change in
        select c.change_id, c.items, c.numbers, c.expires_at from unit_changes c
        where c.sale_id = p_sale and c.lane = p_lane and c.change_id > v_swept
        order by c.change_id
    loop
        if v_change.expires_at is not null then
            if v_change.expires_at + hold_grace() > p_now
                or v_items <> '{}' and cardinality(v_items) + cardinality(v_change.items) > p_limit
            then
                v_next_end := v_change.expires_at;
                exit;
            end if;
            v_items := v_items || v_change.items;
            v_numbers := v_numbers || v_change.numbers;
        end if;
        v_swept := v_change.change_id;
    end loop;
    update stocks
    set swept = v_swept, next_end = v_next_end,
        last_end = case when v_next_end is not null then greatest(last_end, v_next_end) end
    where sale_id = p_sale and lane = p_lane and (swept <> v_swept or next_end is distinct from v_next_end);
    if v_items <> '{}' then
        return query select e.* from end_holds(p_sale, p_lane, v_items, v_numbers, null, p_now, 'expired') e;
    end if;
end $$;
