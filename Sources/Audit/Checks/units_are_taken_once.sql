-- A unit that is taken more than once: two buyers hold it or have bought it.
select format('unit ITM-%s-%s/%s is taken %s times', sale_id, item, number, count(*))
from all_units
where $1::int is null or sale_id = $1::int
group by sale_id, item, number
having count(*) > 1
