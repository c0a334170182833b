-- An order without lines, with a total that is not their sum, or of another buyer than its cart. A cart that was closed
-- as purchased without an order, or otherwise with one.
select format('order ORD-%s-%s of %s: %s lines, total %s against %s, cart of %s, %s',
    o.sale_id, o.order_number, o.user_id, coalesce(l.count, 0), o.total_minor, coalesce(l.total, 0),
    coalesce(c.user_id, 'nobody'), coalesce(c.closed_as, 'open'))
from orders o
left join (
    select sale_id, order_number, count(*) as count, sum(price_minor) as total from order_items
    where $1::int is null or sale_id = $1::int
    group by sale_id, order_number
) l on l.sale_id = o.sale_id and l.order_number = o.order_number
left join checkouts c on c.sale_id = o.sale_id and c.code = o.code
where ($1::int is null or o.sale_id = $1::int)
    and (l.count is null or l.total <> o.total_minor or c.user_id is distinct from o.user_id
        or c.closed_as is distinct from 'purchased')
union all
select format('cart %s… of %s in sale %s was purchased and has no order', left(c.code::text, 8), c.user_id, c.sale_id)
from checkouts c
left join orders o on o.sale_id = c.sale_id and o.code = c.code
where c.closed_as = 'purchased' and o.code is null and ($1::int is null or c.sale_id = $1::int)
