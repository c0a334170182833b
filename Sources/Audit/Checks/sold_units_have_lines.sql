-- A unit that is sold by its row but not by an order line, or the other way round, or under different orders.
select format('unit ITM-%s-%s/%s: its row says order %s, its order line says %s',
    coalesce(u.sale_id, l.sale_id), coalesce(u.item, l.item), coalesce(u.number, l.number),
    coalesce(u.order_number::text, 'none'), coalesce(l.order_number::text, 'none'))
from (select * from units where order_number is not null and ($1::int is null or sale_id = $1::int)) u
full join (select * from order_items where $1::int is null or sale_id = $1::int) l
    on l.sale_id = u.sale_id and l.item = u.item and l.number = u.number
where u.order_number is distinct from l.order_number
