-- What the gate should know of some buyers: the open cart's code, the number of bought units, the ordinals of held
-- ones.
select b.user_id, format('%s %s %s', case when b.held > 0 then replace(b.code::text, '-', '') else '-' end, b.bought,
    h.ordinals)
from unnest($2::text[]) as asked (user_id)
join sales s on s.sale_id = $1::int
cross join lateral (
    select x.* from buyers x where x.sale_id = $1::int and x.user_id = asked.user_id and x.held + x.bought > 0 limit 1
) b
left join lateral (
    select x.items, x.numbers from checkouts x where x.sale_id = $1::int and x.code = b.code and b.held > 0 limit 1
) c on true
cross join lateral (
    select coalesce(string_agg(o.ordinal::text, ',' order by o.ordinal), '') as ordinals
    from (
        -- A cart lists a unit twice that it has held twice.
        select distinct (l.item - 1) * s.stock_per_item + l.number - 1 as ordinal
        from unnest(c.items, c.numbers) as l (item, number)
        cross join lateral (
            select from units x
            where x.sale_id = $1::int and x.item = l.item and x.number = l.number and x.code = b.code
                and x.order_number is null
            limit 1
        ) u
    ) o
) h
