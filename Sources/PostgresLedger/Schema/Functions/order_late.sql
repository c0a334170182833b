-- Purchases of carts that are not whole any more: at least one of their holds has ended. Callers hold the sale's lock.

-- Sells a free unit of an item whose hold under the cart has expired, if the item has one and the buyer may take it.
create function sell_late(
    p_sale int, p_code uuid, p_request uuid, p_user text, p_item int, p_order bigint, p_now timestamptz
)
returns void language plpgsql volatile as $$
declare
    v_number int;
    v_hold bigint;
begin
    select u.number into v_number from units u
    where u.sale_id = p_sale and u.item = p_item and u.hold_id is null and u.order_number is null
    order by u.number limit 1;
    if not found then
        return;
    end if;
    update buyers set bought = bought + 1
    where sale_id = p_sale and user_id = p_user and held + bought < taken_max;
    if not found then
        return;
    end if;
    insert into holds (sale_id, code, request, item, number, held_at, expires_at, ended_at, ended_as)
    values (p_sale, p_code, p_request, p_item, v_number, p_now, p_now, p_now, 'purchased')
    returning hold_id into v_hold;
    update checkouts set holds = holds || v_hold where sale_id = p_sale and code = p_code;
    update units set order_number = p_order where sale_id = p_sale and item = p_item and number = v_number;
    insert into unit_changes (sale_id, kind, items, numbers)
    values (p_sale, 'sold', array[p_item], array[v_number]);
    insert into order_items (sale_id, item, number, order_number, price_minor)
    select p_sale, p_item, v_number, p_order, i.price_minor from items i where i.sale_id = p_sale and i.item = p_item;
end $$;

-- Makes the orders of some carts whose live holds are sold already. While the sale is active, items whose hold has
-- expired are sold late. A cart of which nothing was sold gets no order.
create function order_late(
    p_sale int, p_code uuid[], p_request uuid[], p_key text[], p_order bigint[], p_is_active boolean, p_now timestamptz
)
returns void language plpgsql volatile as $$
declare
    v_late record;
begin
    if p_is_active then
        -- One item at a time, so that each sees what the last has taken.
        for v_late in
            select r.code, r.request, r.order_number, c.user_id, h.item
            from unnest(p_code, p_request, p_order) with ordinality as r (code, request, order_number, place)
            cross join lateral (
                select x.user_id, x.holds from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
            ) c
            cross join lateral holds_at(p_sale, c.holds) h
            group by r.place, r.code, r.request, r.order_number, c.user_id, h.item
            having bool_and(h.ended_as = 'expired')
            order by r.place, min(h.hold_id)
        loop
            perform sell_late(
                p_sale, v_late.code, v_late.request, v_late.user_id, v_late.item, v_late.order_number, p_now);
        end loop;
    end if;

    with ordered as (
        insert into orders (
            sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
        )
        overriding system value
        select p_sale, r.code, r.order_number, c.user_id, r.request, r.key, sum(i.price_minor), min(i.currency), p_now
        from unnest(p_code, p_request, p_key, p_order) as r (code, request, key, order_number)
        cross join lateral (
            select x.user_id, x.holds from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
        ) c
        cross join lateral holds_at(p_sale, c.holds) h
        cross join lateral (
            select x.price_minor, x.currency from items x where x.sale_id = p_sale and x.item = h.item limit 1
        ) i
        where h.ended_as = 'purchased'
        group by r.code, r.request, r.order_number, c.user_id, r.key
        returning code
    )
    update checkouts c set closed_at = coalesce(c.closed_at, p_now), closed_as = 'purchased'
    from ordered o
    cross join lateral (
        select x.ctid as place from checkouts x where x.sale_id = p_sale and x.code = o.code limit 1
    ) f
    where c.ctid = f.place;
end $$;
