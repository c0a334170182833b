-- Carts, orders with what they took, and refunded units with what they gave back, in steps of $3 microseconds from $2
-- on. A cart has no currency.
select
    least(greatest(floor(date_part('epoch', t.at - $2::timestamptz) * 1000000 / $3::bigint), 0), $4::bigint)::bigint
        as step,
    t.currency, t.is_refund, count(*), coalesce(sum(t.minor), 0)::bigint
from (
    select c.opened_at, null, false, 0 from all_checkouts c where c.sale_id = $1
    union all
    select o.ordered_at, o.currency, false, o.total_minor from all_orders o where o.sale_id = $1
    union all
    select e.ended_at, o.currency, true, e.price_minor from all_ended_holds e
    join all_orders o on o.sale_id = e.sale_id and o.code = e.code and o.order_number = e.order_number
    where e.sale_id = $1 and e.ended_as = 'refunded'
) t (at, currency, is_refund, minor)
group by 1, 2, 3
order by 1, 2, 3
