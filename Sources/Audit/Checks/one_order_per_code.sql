-- A code with more than one order.
select format('code %s… of sale %s has %s orders', left(code::text, 8), sale_id, count(*))
from orders
where $1::int is null or sale_id = $1::int
group by sale_id, code
having count(*) > 1
