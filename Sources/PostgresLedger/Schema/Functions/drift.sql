-- What the drift check reads: the state of a part of a sale, that of some units with their holds, and the changes.

-- The units of a part of a sale that are held, and those that are sold, in one pass over the part's keys. The part is
-- all units from one to another, both included.
create function stock_part(p_sale int, p_first_item int, p_first_number int, p_last_item int, p_last_number int)
returns table (held_items int[], held_numbers int[], sold_items int[], sold_numbers int[])
language sql stable set jit = off set enable_seqscan = off as $$
    select array_agg(u.item) filter (where u.order_number is null),
        array_agg(u.number) filter (where u.order_number is null),
        array_agg(u.item) filter (where u.order_number is not null),
        array_agg(u.number) filter (where u.order_number is not null)
    from units u
    where u.sale_id = p_sale
        and (u.item, u.number) >= (p_first_item, p_first_number) and (u.item, u.number) <= (p_last_item, p_last_number)
$$;

-- Those of the given units that are not free: sold or held, each with its hold. A row's place is the unit's in the
-- arrays.
create function units_at(p_sale int, p_item int[], p_number int[])
returns table (place int, is_sold boolean, code uuid, user_id text, expires_at timestamptz)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
    select r.place::int, u.order_number is not null, u.code, c.user_id, u.expires_at
    from unnest(p_item, p_number) with ordinality as r (item, number, place)
    cross join lateral (
        select x.code, x.expires_at, x.order_number from units x
        where x.sale_id = p_sale and x.item = r.item and x.number = r.number limit 1
    ) u
    left join lateral (
        select x.user_id from checkouts x where x.sale_id = p_sale and x.code = u.code limit 1
    ) c on true
$$;

-- The changes of a sale after a number, oldest first. The caller has those up to it; those of them that the sweeper has
-- passed are deleted. Without a number, none: the caller has not read the sale's units yet. Then some changes of sales
-- that hold nothing any more are deleted; retention deletes the others.
--
-- Kinds: held, sold, free and doubted; stale (one row alone: the duty has gone to another instance); newest (one row
-- alone, without a number: the changes so far end here).
--
-- Lanes commit their changes in any order of numbers. While this has the sale's lock, all lower numbers are there.
--
-- What is deleted leaves dead index entries until the next vacuum. `stocks.forgotten` keeps them from being read again.
create function read_changes(p_sale int, p_fence bigint, p_after bigint, p_limit int)
returns table (change_id bigint, kind text, items int[], numbers int[])
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_stock stocks;
    v_passed bigint;
begin
    perform lock_sale(p_sale);
    if not fence_stands('drift_check', p_fence) then
        kind := 'stale';
        return next;
        return;
    end if;
    if p_after is null then
        delete from unit_changes c
        where c.ctid = any (array(
            select x.ctid from sales s join unit_changes x on x.sale_id = s.sale_id
            where s.sale_id <> p_sale and s.archived_at is null
                and s.ended_at <= clock_timestamp()
                and not exists (select from stocks k where k.sale_id = s.sale_id and k.held > 0)
            limit p_limit
        ));
        kind := 'newest';
        change_id := coalesce((
            select max(c.change_id)
            from stocks k
            cross join lateral (
                select x.change_id from unit_changes x
                where x.sale_id = p_sale and x.lane = k.lane order by x.change_id desc limit 1
            ) c
            where k.sale_id = p_sale
        ), 0);
        return next;
        return;
    end if;
    for v_stock in select * from stocks k where k.sale_id = p_sale loop
        v_passed := least(p_after, v_stock.swept);
        if v_passed > v_stock.forgotten then
            delete from unit_changes c
            where c.sale_id = p_sale and c.lane = v_stock.lane and c.change_id > v_stock.forgotten
                and c.change_id <= v_passed;
            update stocks k set forgotten = v_passed where k.sale_id = p_sale and k.lane = v_stock.lane;
        end if;
    end loop;
    return query
    select c.change_id, case c.state when 'late' then 'sold' else c.state::text end, c.items, c.numbers
    from stocks k
    cross join lateral (
        select x.* from unit_changes x
        where x.sale_id = p_sale and x.lane = k.lane and x.change_id > p_after
        order by x.change_id limit p_limit
    ) c
    where k.sale_id = p_sale
    order by c.change_id limit p_limit;
end $$;
