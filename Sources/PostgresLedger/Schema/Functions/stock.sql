-- What batches do with stock: they find free units, and count what they have changed. Callers hold the sale's lock or
-- the lane's. And how the stock of a sale stands.

-- By how much one unit changes the counts when it comes into a state.
create function change_of_stock(p_state unit_state) returns table (held int, sold int)
language sql immutable as $$
    select case p_state when 'held' then 1 when 'sold' then -1 when 'free' then -1 else 0 end,
        case p_state when 'sold' then 1 when 'late' then 1 else 0 end
$$;

-- Counts a lane's changes after a number, which the caller has just written: the lane's stock, and where items have
-- several units, each item's. A count that would fall below 0 was set by hand: it stays 0, and the audit names it. With
-- a refusal, nothing of the lane could be bought, given back or expire any more.
create function count_changes(p_sale int, p_lane int, p_before bigint, p_has_several boolean) returns void
language plpgsql volatile as $$
declare
    v_change record;
begin
    for v_change in
        select c.items, c.numbers, c.expires_at, cardinality(c.items) as count, d.held, d.sold
        from unit_changes c
        cross join lateral change_of_stock(c.state) d
        where c.sale_id = p_sale and c.lane = p_lane and c.change_id > p_before and c.state <> 'doubted'
    loop
        update stocks
        set held = greatest(held + v_change.held * v_change.count, 0), sold = sold + v_change.sold * v_change.count,
            next_end = coalesce(next_end, v_change.expires_at), last_end = greatest(last_end, v_change.expires_at)
        where sale_id = p_sale and lane = p_lane;
        if p_has_several then
            if v_change.held + v_change.sold > 0 then
                insert into item_stocks (sale_id, item, lane)
                select distinct p_sale, x.item, p_lane
                from unnest(v_change.items) as x (item)
                left join lateral (
                    select true as is_known from item_stocks y
                    where y.sale_id = p_sale and y.item = x.item and y.lane = p_lane limit 1
                ) k on true
                where k.is_known is null;
            end if;
            update item_stocks i
            set held = greatest(i.held + v_change.held * n.count, 0), sold = i.sold + v_change.sold * n.count,
                first_free = case
                    when v_change.held + v_change.sold < 0 then least(i.first_free, n.lowest)
                    when n.lowest = i.first_free and n.highest = n.lowest + n.count - 1 then n.highest + 1
                    else i.first_free
                end
            from (
                select x.item, count(*)::int as count, min(x.number) as lowest, max(x.number) as highest
                from unnest(v_change.items, v_change.numbers) as x (item, number)
                group by x.item
            ) n
            cross join lateral (
                select x.ctid as place from item_stocks x
                where x.sale_id = p_sale and x.item = n.item and x.lane = p_lane limit 1
            ) f
            where i.ctid = f.place;
        end if;
    end loop;
end $$;

-- How many units one call looks at for free ones, at the most: some 15 ms, and everybody waits for the sale's lock.
create function search_steps() returns int language sql immutable as $$ select 10000 $$;

-- The lowest free unit of an item, and how many steps are left for what else the call searches. Null: there is none. 0:
-- the steps have ended before one was found. The next search goes on from there. Callers hold the sale's lock: what
-- other lanes have taken is all there.
create function next_free_unit(p_sale int, p_item int, p_steps int, out number int, out steps_left int)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_stock int;
    v_taken int;
    v_first int;
    v_last int;
    -- Where the next search begins.
    v_next int;
begin
    steps_left := p_steps;
    -- A large stock is not searched for what it does not have.
    select s.stock_per_item, s.stock_per_item - k.free into v_stock, v_taken
    from sales s cross join item_stock(p_sale, p_item) k
    where s.sale_id = p_sale and k.free > 0;
    if not found then
        return;
    end if;
    select coalesce(min(k.first_free), 1) into v_first from item_stocks k
    where k.sale_id = p_sale and k.item = p_item;
    -- Nor where all are taken up to the highest number: low ones are taken first, so that is mostly so.
    v_last := coalesce((
        select u.number from units u where u.sale_id = p_sale and u.item = p_item order by u.number desc limit 1
    ), 0);
    if v_last = v_taken then
        number := v_last + 1;
        v_next := number;
    else
        select g.number into number
        from (select generate_series(v_first, least(v_first + p_steps - 1, v_stock)) as number) g
        left join lateral (
            select true as is_taken from units u
            where u.sale_id = p_sale and u.item = p_item and u.number = g.number limit 1
        ) t on true
        where t.is_taken is null limit 1;
        v_next := coalesce(number, least(v_first + p_steps, v_stock + 1));
        steps_left := p_steps - (v_next - v_first);
        if number is null and v_next <= v_stock then
            number := 0;
        end if;
    end if;
    if v_next > v_first then
        update item_stocks set first_free = v_next
        where sale_id = p_sale and item = p_item and first_free < v_next;
        if not found then
            insert into item_stocks (sale_id, item, lane, first_free) values (p_sale, p_item, 0, v_next);
        end if;
    end if;
end $$;

-- How many units of a sale are free, held and sold.
create function stock_count(p_sale int)
returns table (free bigint, held bigint, sold bigint) language sql stable as $$
    select s.item_count::bigint * s.stock_per_item - k.held - k.sold, k.held, k.sold
    from sales s
    cross join lateral (
        select sum(x.held) as held, sum(x.sold) as sold from stocks x where x.sale_id = p_sale
    ) k
    where s.sale_id = p_sale
$$;
