-- What the gate should know of some buyers: the open cart's code, the number of bought units, the ordinals of held
-- ones.
select b.user_id, format('%s %s %s', coalesce(replace(b.open_code::text, '-', ''), '-'), b.bought, h.ordinals)
from unnest($2::text[]) as asked (user_id)
join sales s on s.sale_id = $1::int
cross join lateral (
    select x.* from buyers x where x.sale_id = $1::int and x.user_id = asked.user_id and x.held + x.bought > 0 limit 1
) b
left join lateral (
    select x.holds from checkouts x where x.sale_id = $1::int and x.code = b.open_code limit 1
) c on true
cross join lateral (
    select coalesce(string_agg(o.ordinal::text, ',' order by o.ordinal), '') as ordinals
    from (
        select (x.item - 1) * s.stock_per_item + x.number - 1 as ordinal from holds x
        where x.sale_id = $1::int and x.hold_id = any (c.holds) and x.ended_at is null
    ) o
) h
