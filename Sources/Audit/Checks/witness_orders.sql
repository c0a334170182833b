-- The sold units of a sale's orders, a row for each: code and buyer.
select 'CHK-' || o.sale_id || '-' || replace(o.code::text, '-', ''), o.user_id, u.item
from all_orders o
join all_units u on u.sale_id = o.sale_id and u.order_number = o.order_number
where o.sale_id = $1::int
