-- confirm: the function that checks a refusal of the gate before a buyer hears it.

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
    v_has_free boolean;
    v_has_held boolean;
begin
    v_has_free := exists (
        select from units u where u.sale_id = p_sale and u.hold_id is null and u.order_number is null
    );
    v_has_held := exists (
        select from holds h
        where h.sale_id = p_sale and h.ended_at is null
            and h.hold_id > (select w.hold_id from sweeps w where w.sale_id = p_sale)
    );
    return query
    select r.place::int,
        case
            when i.has_free or i.first_end <= v_now then 'free'
            when i.first_end is not null then 'held'
            when v_has_free or v_has_held then 'sold'
            else 'all_sold'
        end,
        i.first_end,
        coalesce(b.bought, 0) + cart.held,
        s.taken_max,
        cart.holding,
        v_now
    from unnest(p_user, p_item) with ordinality as r (user_id, item, place)
    join sales s on s.sale_id = p_sale
    left join lateral (
        select x.* from buyers x where x.sale_id = p_sale and x.user_id = r.user_id limit 1
    ) b on true
    left join lateral (
        select x.holds from checkouts x where x.sale_id = p_sale and x.code = b.open_code limit 1
    ) c on true
    cross join lateral (
        select count(*)::int as held, (array_agg(b.open_code) filter (where h.item = r.item))[1] as holding
        from holds_at(p_sale, c.holds) h
        where h.ended_at is null and h.expires_at + hold_grace() > v_now
    ) cart
    cross join lateral (
        select
            exists (
                select from units u where u.sale_id = p_sale and u.item = r.item
                    and u.hold_id is null and u.order_number is null
            ) as has_free,
            (
                select min(h.expires_at) + hold_grace() from units u
                cross join lateral (
                    select x.expires_at from holds x where x.sale_id = p_sale and x.hold_id = u.hold_id limit 1
                ) h
                where u.sale_id = p_sale and u.item = r.item and u.hold_id is not null
            ) as first_end
    ) i;
end $$;
