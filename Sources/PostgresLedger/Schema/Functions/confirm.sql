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

-- When the first of the live holds on an item is over, grace included; null if there is none. A large stock is not
-- read: the first hold of each lane is in the first change of the item that the lane's sweeper has not passed. A later
-- hold of the same unit is in a later change.
create function first_end(p_sale int, p_item int) returns timestamptz language plpgsql stable as $$
begin
    if (select s.stock_per_item <= 1000 from sales s where s.sale_id = p_sale) then
        return (
            select min(u.expires_at) + hold_grace() from units u
            where u.sale_id = p_sale and u.item = p_item and u.order_number is null
        );
    end if;
    return (
        select min(f.expires_at) + hold_grace()
        from stocks k
        cross join lateral (
            select u.expires_at
            from unit_changes c
            cross join lateral unnest(c.items, c.numbers) as l (item, number)
            cross join lateral (
                select x.expires_at from units x
                where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.order_number is null
                    and x.expires_at <= c.expires_at
                limit 1
            ) u
            where c.sale_id = p_sale and c.lane = k.lane and c.change_id > k.swept and c.expires_at is not null
                and l.item = p_item
            order by c.change_id limit 1
        ) f
        where k.sale_id = p_sale
    );
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
    left join lateral (
        select x.free, case when x.free = 0 then first_end(p_sale, r.item) end as first_end
        from item_stock(p_sale, r.item) x
    ) i on true;
end $$;

-- The idempotency keys under which a sale's checkouts have outcomes.
create function used_keys(p_sale int, p_limit int)
returns table (user_id text, key text) language sql stable as $$
    select k.user_id, k.key from idempotency_keys k where k.sale_id = p_sale limit p_limit
$$;
