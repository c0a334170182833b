-- What an order says, of a sale of any age: its rows may be in the archive, or on their way there.

-- The orders of some codes, with a line for each item that was in the cart, and how much of them was refunded. A line
-- that was not sold has no unit number, no age and no price; the age is the hold's when it was purchased. A refunded
-- line has the number of the unit that was sold, its price and the time of the refund, and no age.
create function order_details(p_sale int, p_codes uuid[])
returns table (
    code uuid, order_number bigint, user_id text, request uuid, idempotency_key text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[], refunded_at timestamptz[],
    refunded_minor bigint, prices bigint[]
)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
begin
    return query
    select o.code, o.order_number, o.user_id, o.request, o.idempotency_key, o.total_minor, o.currency, o.ordered_at,
        l.items, l.numbers, l.names, l.ages_ms, l.refunded_at, l.refunded_minor, l.prices
    from (select distinct x as code from unnest(p_codes) x) asked
    cross join lateral (
        select x.* from all_orders x where x.sale_id = p_sale and x.code = asked.code limit 1
    ) o
    cross join lateral (
        select x.items, x.numbers from all_checkouts x where x.sale_id = p_sale and x.code = o.code limit 1
    ) c
    cross join lateral (
        select array_agg(x.item order by x.line) as items, array_agg(x.number order by x.line) as numbers,
            array_agg(i.name order by x.line) as names, array_agg(x.age_ms order by x.line) as ages_ms,
            array_agg(x.refunded_at order by x.line) as refunded_at, sum(x.refunded_minor)::bigint as refunded_minor,
            array_agg(coalesce(x.sold_minor, x.refunded_minor) order by x.line) as prices
        from (
            select h.item, min(h.line) as line, coalesce(max(u.number), max(r.number)) as number,
                max(u.age_ms) as age_ms, max(u.price_minor) as sold_minor, max(r.ended_at) as refunded_at,
                max(r.price_minor) as refunded_minor
            from unnest(c.items, c.numbers) with ordinality as h (item, number, line)
            left join lateral (
                select y.number, age_ms(y.held_at, o.ordered_at) as age_ms, y.price_minor from all_units y
                where y.sale_id = p_sale and y.item = h.item and y.number = h.number
                    and y.order_number = o.order_number
                limit 1
            ) u on true
            left join lateral (
                select y.number, y.ended_at, y.price_minor from all_ended_holds y
                where u.number is null and y.sale_id = p_sale and y.order_number = o.order_number
                    and y.item = h.item and y.number = h.number
                limit 1
            ) r on true
            group by h.item
        ) x
        cross join lateral (
            select y.name from all_items y where y.sale_id = p_sale and y.item = x.item limit 1
        ) i
    ) l;
end $$;

-- Purchases of a sale that has left the buyers' tables. Nothing of it can be sold any more. The outcomes are those of
-- ledger_order.
create function order_retired(p_sale int, p_request uuid[], p_code uuid[], p_key text[], p_user text[])
returns table (
    place int, outcome text, code uuid, order_number bigint, user_id text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[], prices bigint[]
)
language sql stable as $$
    select r.place::int,
        case
            when c.is_known is null then 'unknown'
            when o.order_number is null then 'expired'
            when o.request = r.request then 'ordered'
            when o.idempotency_key = r.key then 'replayed'
            else 'already'
        end,
        r.code, o.order_number, o.user_id, o.total_minor, o.currency, o.ordered_at, o.items, o.numbers, o.names,
        o.ages_ms, o.prices
    from unnest(p_request, p_code, p_key, p_user) with ordinality as r (request, code, key, proven, place)
    left join lateral (
        select true as is_known from all_checkouts x
        where x.sale_id = p_sale and x.code = r.code and coalesce(x.user_id = r.proven, true) limit 1
    ) c on true
    left join lateral (
        select d.* from order_details(p_sale, array[r.code]) d where c.is_known
    ) o on true
$$;
