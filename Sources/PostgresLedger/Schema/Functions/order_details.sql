-- What an order says.

-- The orders of some codes, with a line for each item that was in the cart. A line that was not sold has no unit number
-- and no age; the age is the hold's when it was purchased.
create function order_details(p_sale int, p_codes uuid[])
returns table (
    code uuid, order_number bigint, user_id text, request uuid, idempotency_key text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[]
)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
begin
    return query
    select o.code, o.order_number, o.user_id, o.request, o.idempotency_key, o.total_minor, o.currency, o.ordered_at,
        l.items, l.numbers, l.names, l.ages_ms
    from (select distinct x as code from unnest(p_codes) x) asked
    cross join lateral (
        select x.* from orders x where x.sale_id = p_sale and x.code = asked.code limit 1
    ) o
    cross join lateral (
        select x.items, x.numbers from checkouts x where x.sale_id = p_sale and x.code = o.code limit 1
    ) c
    cross join lateral (
        select array_agg(x.item order by x.line) as items, array_agg(x.number order by x.line) as numbers,
            array_agg(i.name order by x.line) as names, array_agg(x.age_ms order by x.line) as ages_ms
        from (
            select h.item, min(h.line) as line, max(u.number) as number, max(u.age_ms) as age_ms
            from unnest(c.items, c.numbers) with ordinality as h (item, number, line)
            left join lateral (
                select y.number, age_ms(y.held_at, o.ordered_at) as age_ms from units y
                where y.sale_id = p_sale and y.item = h.item and y.number = h.number
                    and y.order_number = o.order_number
                limit 1
            ) u on true
            group by h.item
        ) x
        cross join lateral (
            select y.name from items y where y.sale_id = p_sale and y.item = x.item limit 1
        ) i
    ) l;
end $$;
