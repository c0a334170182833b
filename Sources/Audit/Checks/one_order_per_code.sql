-- A code with more than one order, and a number that more than one order has.
select format('code %s… of sale %s has %s orders', left(code::text, 8), sale_id, count(*))
from all_orders
where $1::int is null or sale_id = $1::int
group by sale_id, code
having count(*) > 1
union all
select format('%s orders are ORD-%s-%s', count(*), sale_id, order_number)
from all_orders
where $1::int is null or sale_id = $1::int
group by sale_id, order_number
having count(*) > 1
