-- A sale's stock that differs from the sale's size and its taken units.
select format('sale %s: its stock says %s free, %s held, %s sold; it has %s units, of which %s are held and %s sold',
    coalesce(w.sale_id, s.sale_id), w.free, w.held, w.sold, s.item_count::bigint * s.stock_per_item,
    coalesce(t.held, 0), coalesce(t.sold, 0))
from (select * from stocks where $1::int is null or sale_id = $1::int) w
full join (select * from sales where $1::int is null or sale_id = $1::int) s on s.sale_id = w.sale_id
left join (
    select sale_id, count(*) - count(order_number) as held, count(order_number) as sold from all_units
    where $1::int is null or sale_id = $1::int
    group by sale_id
) t on t.sale_id = s.sale_id
where w.held is distinct from coalesce(t.held, 0) or w.sold is distinct from coalesce(t.sold, 0)
    or w.free + w.held + w.sold is distinct from s.item_count::bigint * s.stock_per_item
