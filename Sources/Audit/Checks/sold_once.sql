-- A unit that more than one order line has sold.
select format('unit ITM-%s-%s/%s is in %s order lines', sale_id, item, number, count(*))
from order_items
where $1::int is null or sale_id = $1::int
group by sale_id, item, number
having count(*) > 1
