-- An order without units, with a total that is not the sum of its units, refunded ones included, in another currency
-- than its items, or of another buyer than its cart. A unit that is still held under an order's code.
select format('order ORD-%s-%s of %s: %s units, total %s against %s, cart of %s, %s still held, in %s against %s',
    o.sale_id, o.order_number, o.user_id, coalesce(u.sold, 0), o.total_minor, coalesce(u.total, 0),
    coalesce(c.user_id, 'nobody'), coalesce(u.held, 0), o.currency, u.currency)
from all_orders o
left join (
    select x.sale_id, x.code, count(x.order_number) as sold, count(*) - count(x.order_number) as held,
        sum(x.price_minor) as total, max(i.currency) as currency
    from (
        select sale_id, code, item, order_number, price_minor from all_units
        union all
        select sale_id, code, item, order_number, price_minor from all_ended_holds where ended_as = 'refunded'
    ) x
    left join all_items i on i.sale_id = x.sale_id and i.item = x.item
    where $1::int is null or x.sale_id = $1::int
    group by x.sale_id, x.code
) u on u.sale_id = o.sale_id and u.code = o.code
left join all_checkouts c on c.sale_id = o.sale_id and c.code = o.code
where ($1::int is null or o.sale_id = $1::int)
    and (coalesce(u.sold, 0) = 0 or u.held > 0 or u.total is distinct from o.total_minor
        or u.currency <> o.currency or c.user_id is distinct from o.user_id)
