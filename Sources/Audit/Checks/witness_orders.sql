-- The units of a sale's orders, a row for each: code, buyer, item, whether it was refunded since, and the order's
-- number and price.
select 'CHK-' || o.sale_id || '-' || replace(o.code::text, '-', ''), o.user_id, u.item, u.is_refunded,
    o.order_number, o.total_minor
from all_orders o
join (
    select sale_id, order_number, item, false as is_refunded from all_units
    union all
    select sale_id, order_number, item, true from all_ended_holds where ended_as = 'refunded'
) u on u.sale_id = o.sale_id and u.order_number = o.order_number
where o.sale_id = $1::int
