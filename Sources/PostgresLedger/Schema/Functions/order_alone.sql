-- A purchase that is decided alone. Callers hold the sale's lock or the lane's, and count the changes.

-- Makes the order of a cart that has none. It sells what the cart still holds, at the price at which it was held. While
-- the sale is active, it also sells a free unit of each item whose hold has expired, at today's price, as long as the
-- buyer may take one. A cart of which nothing was sold gets no order. The outcomes are those of ledger_order; a line
-- that was not sold has no number and no age.
create function order_alone(
    p_sale sales, p_lane int, p_is_whole boolean, p_code uuid, p_request uuid, p_key text, p_proven text,
    p_now timestamptz,
    out outcome text, out order_number bigint, out user_id text, out total_minor bigint, out currency text,
    out ordered_at timestamptz, out items int[], out numbers int[], out names text[], out ages_ms int[]
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
    v_sale int := p_sale.sale_id;
    v_cart checkouts;
    v_line record;
    v_number int;
    v_age_ms int;
    v_sold_items int[] := '{}';
    v_sold_numbers int[] := '{}';
    v_late_items int[] := '{}';
    v_late_numbers int[] := '{}';
begin
    select * into v_cart from checkouts c
    where c.sale_id = v_sale and c.code = p_code and coalesce(c.user_id = p_proven, true);
    if not found then
        outcome := 'unknown';
        return;
    end if;
    if p_sale.purchases_paused_at is not null then
        outcome := 'paused';
        return;
    end if;
    if not p_is_whole then
        outcome := 'apart';
        return;
    end if;
    order_number := nextval('orders_order_number_seq');
    total_minor := 0;
    for v_line in
        select i.item, coalesce(u.price_minor, i.price_minor) as price_minor, i.currency, i.name, u.number, u.held_at
        from (
            select x.item, min(x.line) as line from unnest(v_cart.items) with ordinality as x (item, line)
            group by x.item
        ) l
        cross join lateral (
            select x.item, x.price_minor, x.currency, x.name from items x
            where x.sale_id = v_sale and x.item = l.item limit 1
        ) i
        left join lateral (
            select h.number, live.held_at, live.price_minor
            from unnest(v_cart.items, v_cart.numbers) as h (item, number)
            cross join lateral (
                select x.held_at, x.price_minor from units x
                where x.sale_id = v_sale and x.item = h.item and x.number = h.number and x.code = p_code
                    and x.order_number is null
                limit 1
            ) live
            where h.item = l.item limit 1
        ) u on true
        order by l.line
    loop
        v_number := v_line.number;
        v_age_ms := null;
        if v_number is not null then
            update units u set order_number = order_alone.order_number, price_minor = v_line.price_minor
            where u.sale_id = v_sale and u.item = v_line.item and u.number = v_number;
            v_age_ms := age_ms(v_line.held_at, p_now);
            v_sold_items := v_sold_items || v_line.item;
            v_sold_numbers := v_sold_numbers || v_number;
        elsif p_now < p_sale.ended_at then
            v_number := sell_late(v_sale, p_code, p_request, v_cart.user_id, v_line.item, order_number,
                v_line.price_minor, p_now);
            if v_number is not null then
                v_age_ms := 0;
                v_late_items := v_late_items || v_line.item;
                v_late_numbers := v_late_numbers || v_number;
            end if;
        end if;
        if v_number is not null then
            total_minor := total_minor + v_line.price_minor;
            currency := v_line.currency;
        end if;
        items := items || v_line.item;
        numbers := numbers || v_number;
        names := names || v_line.name;
        ages_ms := ages_ms || v_age_ms;
    end loop;

    if currency is null then
        outcome := 'expired';
        return;
    end if;
    outcome := 'ordered';
    user_id := v_cart.user_id;
    ordered_at := p_now;
    insert into orders (
        sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
    )
    overriding system value
    values (v_sale, p_code, order_number, user_id, p_request, p_key, total_minor, currency, p_now);
    if v_sold_items <> '{}' then
        update buyers b
        set held = greatest(b.held - cardinality(v_sold_items), 0), bought = b.bought + cardinality(v_sold_items)
        where b.sale_id = v_sale and b.user_id = v_cart.user_id;
        insert into unit_changes (sale_id, lane, state, items, numbers)
        values (v_sale, p_lane, 'sold', v_sold_items, v_sold_numbers);
    end if;
    if v_late_items <> '{}' then
        insert into unit_changes (sale_id, lane, state, items, numbers)
        values (v_sale, p_lane, 'late', v_late_items, v_late_numbers);
    end if;
end $$;

-- Sells a free unit of an item whose hold under the cart has expired, which then is no lapse any more. A hold that
-- ended with its sale was none: then the count may fall below 0, and counts as 0. Null if the item has no free unit, or
-- the buyer may not take it.
create function sell_late(
    p_sale int, p_code uuid, p_request uuid, p_user text, p_item int, p_order bigint, p_price_minor bigint,
    p_now timestamptz
)
returns int language plpgsql volatile as $$
declare
    v_number int := next_free_unit(p_sale, p_item);
begin
    if v_number is null then
        return null;
    end if;
    update buyers set bought = bought + 1, room = room - 1, lapsed = lapsed - 1
    where sale_id = p_sale and user_id = p_user and room > 0;
    if not found then
        return null;
    end if;
    insert into units (sale_id, item, number, code, request, held_at, expires_at, order_number, price_minor)
    values (p_sale, p_item, v_number, p_code, p_request, p_now, p_now, p_order, p_price_minor);
    update checkouts set items = items || p_item, numbers = numbers || v_number
    where sale_id = p_sale and code = p_code;
    return v_number;
end $$;
