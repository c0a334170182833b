-- Carts and orders with what they took, in steps of $3 microseconds from $2 on; an order has a currency, a cart none.
select
    least(greatest(floor(date_part('epoch', t.at - $2::timestamptz) * 1000000 / $3::bigint), 0), $4::bigint)::bigint
        as step,
    t.currency, count(*), coalesce(sum(t.total_minor), 0)::bigint
from (
    select c.opened_at, null, 0 from all_checkouts c where c.sale_id = $1
    union all
    select o.ordered_at, o.currency, o.total_minor from all_orders o where o.sale_id = $1
) t (at, currency, total_minor)
group by 1, 2
order by 1, 2
