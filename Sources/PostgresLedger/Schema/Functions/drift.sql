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
        and (u.hold_id is not null or u.order_number is not null)
$$;

-- Those of the given units that are not free: sold, or held, with the hold. A row's place is the unit's in the arrays.
create function units_at(p_sale int, p_item int[], p_number int[])
returns table (place int, is_sold boolean, code uuid, user_id text, expires_at timestamptz)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
    select r.place::int, u.order_number is not null, h.code, c.user_id, h.expires_at
    from unnest(p_item, p_number) with ordinality as r (item, number, place)
    cross join lateral (
        select x.hold_id, x.order_number from units x
        where x.sale_id = p_sale and x.item = r.item and x.number = r.number limit 1
    ) u
    left join lateral (
        select x.code, x.expires_at from holds x where x.sale_id = p_sale and x.hold_id = u.hold_id limit 1
    ) h on true
    left join lateral (
        select x.user_id from checkouts x where x.sale_id = p_sale and x.code = h.code limit 1
    ) c on true
    where u.hold_id is not null or u.order_number is not null
$$;

-- The changes of a sale that follow the page from p_first to p_last, oldest first. The caller has that page, so it is
-- deleted. Without a page, all changes of all sales so far are deleted and none is returned: the caller has not read
-- the sale's units yet, and only one sale is on.
--
-- Kinds: held, sold, free and doubted as in the table; stale (one row alone: the duty has gone to another instance).
--
-- The bounds of the page matter: what is deleted leaves dead index entries until the next vacuum, and they must not be
-- read again each time.
create function read_changes(p_sale int, p_fence bigint, p_first bigint, p_last bigint, p_limit int)
returns table (change_id bigint, kind text, items int[], numbers int[])
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
begin
    if not fence_stands('drift_check', p_fence) then
        kind := 'stale';
        return next;
    elsif p_last is null then
        delete from unit_changes;
    else
        delete from unit_changes c where c.sale_id = p_sale and c.change_id between p_first and p_last;
        return query
        select c.change_id, c.kind::text, c.items, c.numbers from unit_changes c
        where c.sale_id = p_sale and c.change_id > p_last order by c.change_id limit p_limit;
    end if;
end $$;
