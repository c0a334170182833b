-- A purchase that is decided alone. Callers hold the sale's lock or the lane's, and count the changes.

-- Makes the order of a cart that has none. It sells what the cart still holds, at the price at which it was held. While
-- the sale is active, it also sells a free unit of each item whose hold has expired, at today's price, as long as the
-- buyer may take one. Such a hold is no lapse any more. One that ended with its sale was none: then the count of lapses
-- may fall below 0, and counts as 0. A cart of which nothing was sold gets no order. The outcomes are those of
-- ledger_order; a line that was not sold has no number, no age and no price.
-- p_steps: how many units may be looked at for free ones, and steps_left how many after that.
create function order_alone(
    p_sale sales, p_lane int, p_is_whole boolean, p_code uuid, p_request uuid, p_key text, p_proven text,
    p_now timestamptz, p_steps int,
    out outcome text, out order_number bigint, out user_id text, out total_minor bigint, out currency text,
    out ordered_at timestamptz, out items int[], out numbers int[], out names text[], out ages_ms int[],
    out prices bigint[], out steps_left int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
    v_sale int := p_sale.sale_id;
    v_cart checkouts;
    -- How many more units the buyer may take.
    v_room int;
    v_line record;
    v_number int;
    v_age_ms int;
    v_places tid[] := '{}';
    v_sold_items int[] := '{}';
    v_sold_numbers int[] := '{}';
    v_sold_prices bigint[] := '{}';
    v_late_items int[] := '{}';
    v_late_numbers int[] := '{}';
    v_late_prices bigint[] := '{}';
begin
    steps_left := p_steps;
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
    select p_sale.taken_max - b.held - b.bought into v_room from buyers b
    where b.sale_id = v_sale and b.user_id = v_cart.user_id;
    total_minor := 0;
    -- Nothing is written before every line is decided: a search may have to go on in another call.
    for v_line in
        select i.item, coalesce(l.price_minor, i.price_minor) as price_minor, i.currency, i.name, l.place, l.number,
            l.held_at
        from (
            select x.item, min(x.line) as line, max(u.place) as place, max(u.number) as number,
                max(u.held_at) as held_at, max(u.price_minor) as price_minor
            from unnest(v_cart.items, v_cart.numbers) with ordinality as x (item, number, line)
            left join lateral (
                select y.ctid as place, y.number, y.held_at, y.price_minor from units y
                where y.sale_id = v_sale and y.item = x.item and y.number = x.number and y.code = p_code
                    and y.order_number is null
                limit 1
            ) u on true
            group by x.item
        ) l
        cross join lateral (
            select x.item, x.price_minor, x.currency, x.name from items x
            where x.sale_id = v_sale and x.item = l.item limit 1
        ) i
        order by l.line
    loop
        v_number := v_line.number;
        v_age_ms := null;
        if v_number is not null then
            v_age_ms := age_ms(v_line.held_at, p_now);
            v_places := v_places || v_line.place;
            v_sold_items := v_sold_items || v_line.item;
            v_sold_numbers := v_sold_numbers || v_number;
            v_sold_prices := v_sold_prices || v_line.price_minor;
        elsif p_now < p_sale.ended_at and v_room > 0 then
            select n.number, n.steps_left into v_number, steps_left
            from next_free_unit(v_sale, v_line.item, steps_left) n;
            if v_number = 0 then
                outcome := 'again';
                return;
            elsif v_number is not null then
                v_age_ms := 0;
                v_room := v_room - 1;
                v_late_items := v_late_items || v_line.item;
                v_late_numbers := v_late_numbers || v_number;
                v_late_prices := v_late_prices || v_line.price_minor;
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
        prices := prices || case when v_number is not null then v_line.price_minor end;
    end loop;

    if currency is null then
        outcome := 'expired';
        return;
    end if;
    outcome := 'ordered';
    order_number := nextval('orders_order_number_seq');
    user_id := v_cart.user_id;
    ordered_at := p_now;
    insert into orders (
        sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
    )
    overriding system value
    values (v_sale, p_code, order_number, user_id, p_request, p_key, total_minor, currency, p_now);
    if v_sold_items <> '{}' then
        update units u set order_number = order_alone.order_number, price_minor = l.price_minor
        from unnest(v_places, v_sold_prices) as l (place, price_minor)
        where u.ctid = l.place;
        update buyers b
        set held = greatest(b.held - cardinality(v_sold_items), 0), bought = b.bought + cardinality(v_sold_items)
        where b.sale_id = v_sale and b.user_id = v_cart.user_id;
        insert into unit_changes (sale_id, lane, state, items, numbers)
        values (v_sale, p_lane, 'sold', v_sold_items, v_sold_numbers);
    end if;
    if v_late_items <> '{}' then
        perform sell_late(p_sale, v_cart, p_request, order_number, v_late_items, v_late_numbers, v_late_prices, p_now);
        insert into unit_changes (sale_id, lane, state, items, numbers)
        values (v_sale, p_lane, 'late', v_late_items, v_late_numbers);
    end if;
end $$;

-- Sells free units under a cart whose holds on their items have ended.
create function sell_late(
    p_sale sales, p_cart checkouts, p_request uuid, p_order bigint, p_items int[], p_numbers int[], p_prices bigint[],
    p_now timestamptz
)
returns void language plpgsql volatile as $$
begin
    update buyers b
    set bought = b.bought + cardinality(p_items),
        room = p_sale.taken_max - b.held - b.bought - cardinality(p_items),
        lapsed = b.lapsed - cardinality(p_items)
    where b.sale_id = p_cart.sale_id and b.user_id = p_cart.user_id;
    insert into units (sale_id, item, number, code, request, held_at, expires_at, order_number, price_minor)
    select p_cart.sale_id, l.item, l.number, p_cart.code, p_request, p_now, p_now, p_order, l.price_minor
    from unnest(p_items, p_numbers, p_prices) as l (item, number, price_minor);
    update checkouts c set items = c.items || p_items, numbers = c.numbers || p_numbers
    where c.sale_id = p_cart.sale_id and c.code = p_cart.code;
end $$;
