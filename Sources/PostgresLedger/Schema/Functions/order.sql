-- order: the function of purchases.

-- Sells what the ledger holds under codes, and nothing else: the gate is not asked.
--
-- A row of the batch is a place in the arrays: the request's token, the cart's code, the Idempotency-Key (null: none),
-- and the proven buyer (null: nobody was proven; a code is then its holder's word). To a proven buyer, another's cart
-- does not exist.
-- No two rows have the same code: the service leaves the second one to its next batch. All codes are of one lane. A
-- batch has the whole sale for itself, or its lane alone; beside other lanes it sells only what a cart holds. Outcomes:
--   ordered   the code has this order, since now or since an earlier run of this very request
--   replayed  the key has its outcome: this order
--   already   another request has made this order
--   paused    purchases of the sale are paused
--   expired   nothing of the cart can be bought
--   unknown   there is no such cart
--   apart     only a batch that has the whole sale can decide this one
--   again     units may be free that this call did not reach: decide this one in the next batch
-- A line that was refunded since has its number and no age: the gate must not hear of it as sold.
-- Rows at place 0 say which holds ended on the way (ended): one item, number and age, with their code and buyer.
create function ledger_order(
    p_sale int, p_request uuid[], p_code uuid[], p_key text[], p_user text[] default null, p_lane int default 0,
    p_is_whole boolean default true
)
returns table (
    place int, outcome text, code uuid, order_number bigint, user_id text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[], prices bigint[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_lane(p_sale, p_lane, p_is_whole);
    v_sale sales;
    v_before bigint;
    -- The orders of this call have higher numbers.
    v_first bigint;
    v_whole_count int := 0;
    v_steps int := search_steps();
    v_row record;
    v_order record;
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    if v_sale.retired_at is not null then
        return query select o.* from order_retired(p_sale, p_request, p_code, p_key, p_user) o;
        return;
    end if;
    if v_sale.lane_count + p_lane > 1 then
        perform check_lane(v_sale, p_lane, p_code);
    end if;
    -- What is due in any lane is free for a purchase that comes late.
    if is_sweep_behind(
        p_sale, case when not p_is_whole then p_lane end, least(v_now, v_sale.purchases_paused_at))
    then
        return query
        select 0, 'ended', e.code, null::bigint, e.user_id, null::bigint, null::text, e.expires_at,
            array[e.item], array[e.number], null::text[], array[e.age_ms], null::bigint[]
        from generate_series(0, v_sale.lane_count - 1) as l (lane)
        cross join lateral end_due_holds(p_sale, l.lane, least(v_now, v_sale.purchases_paused_at), 1000) e
        where p_is_whole or l.lane = p_lane;
    end if;
    v_before := nextval('unit_changes_change_id_seq');
    v_first := nextval('orders_order_number_seq');

    -- Most carts are whole: they still hold every item. One statement makes them orders together, which pays from a few
    -- rows on.
    if (cardinality(p_code) > 3 or not p_is_whole) and v_sale.purchases_paused_at is null then
        return query
        with carts as materialized (
            select r.code, r.key, r.place, c.user_id, c.items, c.numbers
            from unnest(p_code, p_key, p_user) with ordinality as r (code, key, proven, place)
            cross join lateral (
                select x.* from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
            ) c
            left join lateral (
                select true as is_ordered from orders x where x.sale_id = p_sale and x.code = r.code limit 1
            ) o on true
            where o.is_ordered is null and coalesce(r.proven = c.user_id, true)
                -- Not by an aggregate of the lines below: Postgres 16 and newer would sort them for it.
                and (cardinality(c.items) = 1
                    or (select count(distinct l.item) = count(*) from unnest(c.items) as l (item)))
        ), whole as materialized (
            select c.place::int, min(c.user_id) as user_id, min(c.key) as key,
                nextval('orders_order_number_seq') as order_number, sum(i.price_minor)::bigint as total_minor,
                min(i.currency) as currency, count(*)::int as count, array_agg(l.item) as items,
                array_agg(l.number) as numbers, array_agg(i.name) as names, array_agg(u.place) as units,
                array_agg(i.price_minor) as prices, array_agg(age_ms(u.held_at, v_now)) as ages_ms
            from carts c
            cross join lateral unnest(c.items, c.numbers) as l (item, number)
            left join lateral (
                select x.ctid as place, x.held_at, x.price_minor from units x
                where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.code = c.code
                    and x.order_number is null
                limit 1
            ) u on true
            cross join lateral (
                select coalesce(u.price_minor, x.price_minor) as price_minor, x.currency, x.name from items x
                where x.sale_id = p_sale and x.item = l.item limit 1
            ) i
            group by c.place having bool_and(u.place is not null)
        ), sold as (
            update units u set order_number = w.order_number, price_minor = l.price_minor
            from whole w cross join lateral unnest(w.units, w.prices) as l (place, price_minor)
            where u.ctid = l.place
        ), totals as (
            update buyers b set held = greatest(b.held - w.count, 0), bought = b.bought + w.count
            from whole w
            cross join lateral (
                select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = w.user_id limit 1
            ) f
            where b.ctid = f.place
        ), ordered as (
            insert into orders (
                sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
            )
            overriding system value
            select p_sale, p_code[w.place], w.order_number, w.user_id, p_request[w.place], w.key, w.total_minor,
                w.currency, v_now
            from whole w
        ), change as (
            insert into unit_changes (sale_id, lane, state, items, numbers)
            select p_sale, p_lane, 'sold', array_agg(l.item), array_agg(l.number)
            from whole w cross join lateral unnest(w.items, w.numbers) as l (item, number) having count(*) > 0
        )
        select w.place, 'ordered', p_code[w.place], w.order_number, w.user_id, w.total_minor, w.currency, v_now,
            w.items, w.numbers, w.names, w.ages_ms, w.prices
        from whole w;
        get diagnostics v_whole_count = row_count;
    end if;

    -- Every other row is decided alone.
    if v_whole_count < cardinality(p_code) then
        for v_row in
            select r.*, o.order_number, o.request as ordered_by, o.idempotency_key as ordered_under
            from unnest(p_request, p_code, p_key, p_user) with ordinality as r (request, code, key, proven, place)
            left join lateral (
                select x.* from orders x
                where x.sale_id = p_sale and x.code = r.code and coalesce(r.proven = x.user_id, true) limit 1
            ) o on true
            where coalesce(o.order_number <= v_first, true)
        loop
            if v_row.order_number is null then
                v_order := order_alone(
                    v_sale, p_lane, p_is_whole, v_row.code, v_row.request, v_row.key, v_row.proven, v_now, v_steps);
                outcome := v_order.outcome;
                v_steps := v_order.steps_left;
            else
                select * into v_order from order_details(p_sale, array[v_row.code]) d;
                outcome := case
                    when v_row.ordered_by = v_row.request then 'ordered'
                    when v_row.ordered_under = v_row.key then 'replayed'
                    else 'already'
                end;
            end if;
            place := v_row.place;
            code := v_row.code;
            order_number := v_order.order_number;
            user_id := v_order.user_id;
            total_minor := v_order.total_minor;
            currency := v_order.currency;
            ordered_at := v_order.ordered_at;
            items := v_order.items;
            numbers := v_order.numbers;
            names := v_order.names;
            ages_ms := v_order.ages_ms;
            prices := v_order.prices;
            return next;
        end loop;
    end if;
    perform count_changes(p_sale, p_lane, v_before, v_sale.stock_per_item > 1);
end $$;
