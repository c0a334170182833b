-- What batches do with stock: they find free units, and count what they have changed. Callers hold the sale's lock.

-- By how much one unit changes the counts when it comes into a state.
create function change_of_stock(p_state unit_state) returns table (free int, held int, sold int)
language sql immutable as $$
    select case p_state when 'free' then 1 when 'held' then -1 when 'late' then -1 else 0 end,
        case p_state when 'held' then 1 when 'sold' then -1 when 'free' then -1 else 0 end,
        case p_state when 'sold' then 1 when 'late' then 1 else 0 end
$$;

-- Counts the changes after a number, which the caller has just written: the sale's stock, and where items have several
-- units, each item's. The domains of these counts refuse what would fall below 0.
create function count_changes(p_sale int, p_before bigint, p_has_several boolean) returns void
language plpgsql volatile as $$
declare
    v_change record;
begin
    for v_change in
        select c.items, c.numbers, c.expires_at, cardinality(c.items) as count, d.free, d.held, d.sold
        from unit_changes c
        cross join lateral change_of_stock(c.state) d
        where c.sale_id = p_sale and c.change_id > p_before and c.state <> 'doubted'
    loop
        update stocks
        set free = free + v_change.free * v_change.count, held = held + v_change.held * v_change.count,
            sold = sold + v_change.sold * v_change.count, next_end = coalesce(next_end, v_change.expires_at)
        where sale_id = p_sale;
        if p_has_several then
            update items i
            set held = i.held + v_change.held * n.count, sold = i.sold + v_change.sold * n.count,
                first_free = case
                    when v_change.free > 0 then least(i.first_free, n.lowest)
                    when n.lowest = i.first_free and n.highest = n.lowest + n.count - 1 then n.highest + 1
                    else i.first_free
                end
            from (
                select x.item, count(*)::int as count, min(x.number) as lowest, max(x.number) as highest
                from unnest(v_change.items, v_change.numbers) as x (item, number)
                group by x.item
            ) n
            cross join lateral (
                select x.ctid as place from items x where x.sale_id = p_sale and x.item = n.item limit 1
            ) f
            where i.ctid = f.place;
        end if;
    end loop;
end $$;

-- The lowest free unit of an item; null if there is none. The next search begins with it.
create function next_free_unit(p_sale int, p_item int) returns int language plpgsql volatile as $$
declare
    v_first int;
    v_number int;
begin
    select i.first_free, n.number into v_first, v_number
    from items i
    join sales s on s.sale_id = i.sale_id
    cross join lateral (
        select g.number
        from (select generate_series(i.first_free, s.stock_per_item) as number) g
        left join lateral (
            select true as is_taken from units u
            where u.sale_id = p_sale and u.item = p_item and u.number = g.number limit 1
        ) t on true
        where t.is_taken is null limit 1
    ) n
    where i.sale_id = p_sale and i.item = p_item;
    if v_number > v_first then
        update items set first_free = v_number where sale_id = p_sale and item = p_item;
    end if;
    return v_number;
end $$;
