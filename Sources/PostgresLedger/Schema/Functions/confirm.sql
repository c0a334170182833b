-- confirm: the function that checks a refusal of the gate before a buyer hears it, and the keys of those who may have
-- succeeded before.

-- How many units of an item are free and sold.
create function item_stock(p_sale int, p_item int) returns table (free int, sold int) language sql stable as $$
    select s.stock_per_item - k.held - k.sold - u.held - u.sold, k.sold + u.sold
    from sales s
    join items i on i.sale_id = s.sale_id and i.item = p_item
    cross join lateral (
        select coalesce(sum(x.held), 0)::int as held, coalesce(sum(x.sold), 0)::int as sold from item_stocks x
        where s.stock_per_item > 1 and x.sale_id = p_sale and x.item = p_item
    ) k
    cross join lateral (
        select count(*) filter (where x.order_number is null)::int as held, count(x.order_number)::int as sold
        from units x
        where s.stock_per_item = 1 and x.sale_id = p_sale and x.item = p_item and x.number = 1
    ) u
    where s.sale_id = p_sale
$$;

-- The holds of an item that a lane's sweeper has not passed, as the log of changes has them, oldest first. Some are
-- none any more.
create function unswept_holds(p_sale int, p_lane int, p_swept bigint, p_item int, p_limit int)
returns table (number int, expires_at timestamptz) language sql stable as $$
    select l.number, c.expires_at
    from unit_changes c cross join lateral unnest(c.items, c.numbers) as l (item, number)
    where c.sale_id = p_sale and c.lane = p_lane and c.change_id > p_swept and c.expires_at is not null
        and l.item = p_item
    order by c.change_id limit p_limit
$$;

-- When the first of the live holds on an item of a large stock ends; null if there is none. The stock is not read: the
-- first hold of each lane is the first that its sweeper has not passed, as a later hold of the same unit stands later.
-- Behind so many that are none any more, the end of the last of these stands for it: ends rise, so nothing ends before.
create function first_end_behind(p_sale int, p_item int, p_passed_max int) returns timestamptz
language sql stable as $$
    select min(coalesce(
        (
            select u.expires_at
            from unswept_holds(p_sale, k.lane, k.swept, p_item, p_passed_max) h
            cross join lateral (
                select x.expires_at from units x
                where x.sale_id = p_sale and x.item = p_item and x.number = h.number and x.order_number is null
                    and x.expires_at <= h.expires_at
                limit 1
            ) u
            limit 1
        ),
        (
            select h.expires_at from unswept_holds(p_sale, k.lane, k.swept, p_item, p_passed_max) h
            offset p_passed_max - 1 limit 1
        )))
    from stocks k where k.sale_id = p_sale
$$;

-- When the first of the live holds on an item is over, grace included; null if there is none. Of a large stock it may
-- be a time before that, but none that has passed.
create function first_end(p_sale int, p_item int) returns timestamptz language plpgsql stable as $$
declare
    v_end timestamptz;
begin
    if (select s.stock_per_item <= 1000 from sales s where s.sale_id = p_sale) then
        return (
            select min(u.expires_at) + hold_grace() from units u
            where u.sale_id = p_sale and u.item = p_item and u.order_number is null
        );
    end if;
    v_end := first_end_behind(p_sale, p_item, 1000) + hold_grace();
    if v_end <= clock_timestamp() then
        v_end := first_end_behind(p_sale, p_item, 2147483647) + hold_grace();
    end if;
    return v_end;
end $$;

-- Tells how it stands with items and buyers at this moment, by a plain read.
--
-- A row of the batch is a place in the arrays: the buyer and the item. A hold past its time and grace counts as free.
-- Outcomes (stock): free; held (by others to the last unit; the first of the holds is over at retry_at); sold (the
-- item); all_sold (the sale). A row also says how many units the buyer has and may have, and the code of the buyer's
-- open cart if it holds this very item.
create function ledger_confirm(p_sale int, p_user text[], p_item int[])
returns table (
    place int, stock text, retry_at timestamptz, taken int, taken_max int, holding uuid, read_at timestamptz
)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
begin
    return query
    with stocks_of_items as materialized (
        select d.item, x.free,
            case when x.free = 0 and x.sold < s.stock_per_item then first_end(p_sale, d.item) end as first_end
        from (select distinct y.item from unnest(p_item) as y (item)) d
        join sales s on s.sale_id = p_sale
        cross join lateral item_stock(p_sale, d.item) x
    )
    select r.place::int,
        case
            when i.free > 0 or i.first_end <= least(v_now, s.purchases_paused_at) then 'free'
            when i.first_end is not null then 'held'
            when k.sold < s.item_count::bigint * s.stock_per_item then 'sold'
            else 'all_sold'
        end,
        i.first_end,
        coalesce(b.bought, 0) + cart.held,
        s.taken_max,
        cart.holding,
        v_now
    from unnest(p_user, p_item) with ordinality as r (user_id, item, place)
    join sales s on s.sale_id = p_sale
    cross join stock_count(p_sale) k
    left join lateral (
        select x.* from buyers x where x.sale_id = p_sale and x.user_id = r.user_id limit 1
    ) b on true
    left join lateral (
        select x.items, x.numbers from checkouts x where b.held > 0 and x.sale_id = p_sale and x.code = b.code limit 1
    ) c on true
    cross join lateral (
        select count(distinct l.item)::int as held, (array_agg(b.code) filter (where l.item = r.item))[1] as holding
        from unnest(c.items, c.numbers) as l (item, number)
        cross join lateral (
            select from units x
            where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.code = b.code
                and x.order_number is null
                and x.expires_at + hold_grace() > least(v_now, s.purchases_paused_at)
            limit 1
        ) u
    ) cart
    left join stocks_of_items i on i.item = r.item;
end $$;

-- The idempotency keys under which a sale's checkouts have outcomes.
create function used_keys(p_sale int, p_limit int)
returns table (user_id text, key text) language sql stable
set enable_seqscan = off set enable_bitmapscan = off as $$
    select k.user_id, k.key from idempotency_keys k where k.sale_id = p_sale limit p_limit
$$;
