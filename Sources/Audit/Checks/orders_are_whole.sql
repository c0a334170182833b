-- An order without lines, with a total that is not the sum of them, or of another buyer than its cart.
select format('order ORD-%s-%s of %s: %s lines, total %s against %s, cart of %s',
    o.sale_id, o.order_number, o.user_id, coalesce(l.count, 0), o.total_minor, coalesce(l.total, 0),
    coalesce(c.user_id, 'nobody'))
from orders o
left join (
    select sale_id, order_number, count(*) as count, sum(price_minor) as total from order_items
    where $1::int is null or sale_id = $1::int
    group by sale_id, order_number
) l on l.sale_id = o.sale_id and l.order_number = o.order_number
left join checkouts c on c.sale_id = o.sale_id and c.code = o.code
where ($1::int is null or o.sale_id = $1::int)
    and (l.count is null or l.total <> o.total_minor or c.user_id is distinct from o.user_id)
