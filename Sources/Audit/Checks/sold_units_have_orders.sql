-- A sold unit whose code has no such order, or that has no price.
select format('unit ITM-%s-%s/%s, taken under %s…: order %s, which its code %s, and price %s',
    u.sale_id, u.item, u.number, left(u.code::text, 8), coalesce(u.order_number::text, 'none'),
    case when o.code is null then 'does not have' else 'has' end, coalesce(u.price_minor::text, 'none'))
from all_units u
left join all_orders o on o.sale_id = u.sale_id and o.code = u.code and o.order_number = u.order_number
where ($1::int is null or u.sale_id = $1::int)
    and (u.order_number is not null and u.price_minor is null or (u.order_number is null) <> (o.code is null))
