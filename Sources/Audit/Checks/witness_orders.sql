-- The units of a sale's orders, a row for each: code, buyer, item, and whether it was refunded since.
select 'CHK-' || o.sale_id || '-' || replace(o.code::text, '-', ''), o.user_id, u.item, u.is_refunded
from all_orders o
join (
    select sale_id, order_number, item, false as is_refunded from all_units
    union all
    select sale_id, order_number, item, true from all_ended_holds where ended_as = 'refunded'
) u on u.sale_id = o.sale_id and u.order_number = o.order_number
where o.sale_id = $1::int
