-- order: the function of purchases.

-- Sells what the ledger holds under codes, and nothing else: the gate is not asked.
--
-- A row of the batch is a place in the arrays: the request's token, the cart's code, the Idempotency-Key (null: none).
-- Outcomes:
--   ordered   the code has this order, since now or since an earlier run of this very request
--   replayed  the key has its outcome: this order
--   already   another request has made this order
--   expired   nothing of the cart can be bought
--   unknown   there is no such cart
--   again     another row before it has the same code: decide this one in the next batch
-- Rows at place 0 say which holds ended on the way (ended): one item, number and age, with their code and buyer.
create function ledger_order(p_sale int, p_request uuid[], p_code uuid[], p_key text[])
returns table (
    place int, outcome text, code uuid, order_number bigint, user_id text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_sale(p_sale);
    v_is_active boolean := (select v_now < s.ended_at from sales s where s.sale_id = p_sale);
    -- For each place: its outcome (open: the cart can become an order), the order's number, the buyer, the cart's row.
    v_outcome text[];
    v_order bigint[];
    v_user text[];
    v_cart tid[];
    -- For each live hold in an open cart: the cart's place, the hold's row, and what it sells.
    v_place int[];
    v_hold bigint[];
    v_row tid[];
    v_item int[];
    v_number int[];
    v_price bigint[];
    v_currency text[];
    v_name text[];
    v_age_ms int[];
    -- The places of open carts of which a hold has ended.
    v_late int[];
    v_marked_count int;
begin
    if is_sweep_behind(p_sale, v_now) then
        return query
        select 0, 'ended', e.code, null::bigint, e.user_id, null::bigint, null::text, e.expires_at,
            array[e.item], array[e.number], null::text[], array[e.age_ms]
        from end_due_holds(p_sale, v_now, 1000) e;
    end if;

    -- Decide each row, and look up what lies in the open carts.
    with carts as materialized (
        select x.*, case when x.outcome = 'open' then nextval('orders_order_number_seq') end as order_number
        from (
            select r.place::int, c.user_id, c.holds, c.cart,
                case
                    when row_number() over (partition by r.code order by r.place) > 1 then 'again'
                    when o.code is not null then 'already'
                    when c.cart is null then 'unknown'
                    else 'open'
                end as outcome
            from unnest(p_code) with ordinality as r (code, place)
            left join lateral (
                select x.code from orders x where x.sale_id = p_sale and x.code = r.code limit 1
            ) o on true
            left join lateral (
                select x.user_id, x.holds, x.ctid as cart from checkouts x
                where x.sale_id = p_sale and x.code = r.code limit 1
            ) c on true
        ) x
    ), lines as materialized (
        select k.place, h.place as row, h.hold_id, h.item, h.number, h.ended_at, i.price_minor, i.currency, i.name,
            age_ms(h.held_at, v_now) as age_ms
        from carts k
        cross join lateral holds_at(p_sale, k.holds) h
        cross join lateral (
            select x.price_minor, x.currency, x.name from items x
            where x.sale_id = p_sale and x.item = h.item limit 1
        ) i
        where k.outcome = 'open'
    )
    select k.*, l.*
    into v_outcome, v_order, v_user, v_cart, v_late,
        v_place, v_hold, v_row, v_item, v_number, v_price, v_currency, v_name, v_age_ms
    from (
        select array_agg(x.outcome), array_agg(x.order_number), array_agg(x.user_id), array_agg(x.cart),
            coalesce(array_agg(x.place) filter (where x.outcome = 'open' and not x.is_whole), '{}')
        from (
            select c.*, coalesce(l.is_live, false) as is_whole
            from carts c
            left join (
                select x.place, bool_and(x.ended_at is null) as is_live from lines x group by x.place
            ) l on l.place = c.place
            order by c.place
        ) x
    ) k
    cross join (
        select array_agg(x.place), array_agg(x.hold_id), array_agg(x.row), array_agg(x.item), array_agg(x.number),
            array_agg(x.price_minor), array_agg(x.currency), array_agg(x.name), array_agg(x.age_ms)
        from (select y.* from lines y where y.ended_at is null order by y.place, y.hold_id) x
    ) l;

    -- Live holds become sold units. A whole cart becomes an order and closes.
    with live as materialized (
        select l.*, r.order_number, r.user_id
        from unnest(v_place, v_hold, v_row, v_item, v_number, v_price, v_currency)
            as l (place, hold_id, row, item, number, price_minor, currency)
        join unnest(v_order, v_user) with ordinality as r (order_number, user_id, place) on r.place = l.place
    ), sold as (
        update holds h set ended_at = v_now, ended_as = 'purchased' from live l where h.ctid = l.row
    ), marked as (
        update units u set hold_id = null, order_number = l.order_number
        from live l
        cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.hold_id = l.hold_id limit 1
        ) f
        where u.ctid = f.place
        returning 1
    ), order_lines as (
        insert into order_items (sale_id, item, number, order_number, price_minor)
        select p_sale, l.item, l.number, l.order_number, l.price_minor from live l
    ), totals as (
        -- Live holds are in the buyer's one open cart, and an order takes the whole cart.
        update buyers b set held = b.held - n.count, bought = b.bought + n.count, open_code = null
        from (select l.user_id, count(*) as count from live l group by l.user_id) n
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = n.user_id limit 1
        ) f
        where b.ctid = f.place
    ), whole as materialized (
        select l.place, sum(l.price_minor) as total_minor, min(l.currency) as currency
        from live l where l.place <> all (v_late) group by l.place
    ), ordered as (
        insert into orders (
            sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
        )
        overriding system value
        select p_sale, r.code, r.order_number, r.user_id, r.request, r.key, w.total_minor, w.currency, v_now
        from whole w
        join unnest(p_code, p_request, p_key, v_order, v_user) with ordinality
            as r (code, request, key, order_number, user_id, place) on r.place = w.place
    ), closed as (
        update checkouts c set closed_at = v_now, closed_as = 'purchased'
        from whole w
        join unnest(v_cart) with ordinality as r (cart, place) on r.place = w.place
        where c.ctid = r.cart
    )
    select count(*) into v_marked_count from marked;
    if v_marked_count <> coalesce(cardinality(v_hold), 0) then
        raise exception 'order sold % holds and marked % units', cardinality(v_hold), v_marked_count
            using errcode = 'FS001';
    end if;
    if v_marked_count > 0 then
        insert into unit_changes (sale_id, kind, items, numbers) values (p_sale, 'sold', v_item, v_number);
    end if;

    if v_late <> '{}' then
        perform order_late(
            p_sale, array_agg(r.code), array_agg(r.request), array_agg(r.key), array_agg(r.order_number), v_is_active,
            v_now)
        from unnest(p_code, p_request, p_key, v_order) with ordinality as r (code, request, key, order_number, place)
        where r.place = any (v_late);
    end if;

    -- What was sold whole is told from what is at hand, everything else from what is written.
    return query
    select l.place, 'ordered', p_code[l.place], v_order[l.place], v_user[l.place], sum(l.price_minor)::bigint,
        min(l.currency), v_now, array_agg(l.item order by l.hold_id), array_agg(l.number order by l.hold_id),
        array_agg(l.name order by l.hold_id), array_agg(l.age_ms order by l.hold_id)
    from unnest(v_place, v_hold, v_item, v_number, v_price, v_currency, v_name, v_age_ms)
        as l (place, hold_id, item, number, price_minor, currency, name, age_ms)
    where l.place <> all (v_late)
    group by l.place;

    if v_late <> '{}' or exists (select from unnest(v_outcome) as r (outcome) where r.outcome <> 'open') then
        return query
        select r.place::int,
            case
                when d.code is null then case r.outcome when 'open' then 'expired' else r.outcome end
                when d.request = r.request then 'ordered'
                when d.idempotency_key = r.key then 'replayed'
                else 'already'
            end,
            r.code, d.order_number, d.user_id, d.total_minor, d.currency, d.ordered_at, d.items, d.numbers, d.names,
            d.ages_ms
        from unnest(p_code, p_request, p_key, v_outcome) with ordinality as r (code, request, key, outcome, place)
        left join order_details(p_sale, p_code) d on d.code = r.code and r.outcome in ('open', 'already')
        where r.outcome <> 'open' or r.place = any (v_late);
    end if;
end $$;
