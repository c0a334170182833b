-- A sale that has not exactly the units it was created with, or has sold more of an item than its stock.
select format('sale %s should have %s items of %s units and has %s items and %s units',
    s.sale_id, s.item_count, s.stock_per_item, i.count, u.count)
from sales s
cross join lateral (select count(*) as count from items x where x.sale_id = s.sale_id) i
cross join lateral (
    select count(*) as count, count(distinct x.item) as items, min(x.item) as first, max(x.item) as last,
        max(x.number) as stock
    from units x where x.sale_id = s.sale_id
) u
where ($1::int is null or s.sale_id = $1::int)
    and (i.count <> s.item_count or u.count <> s.item_count::bigint * s.stock_per_item
        or u.items <> s.item_count or u.first <> 1 or u.last <> s.item_count or u.stock <> s.stock_per_item)
union all
select format('item ITM-%s-%s has a stock of %s and %s order lines', l.sale_id, l.item, s.stock_per_item, count(*))
from order_items l join sales s on s.sale_id = l.sale_id
where $1::int is null or l.sale_id = $1::int
group by l.sale_id, l.item, s.stock_per_item
having count(*) > s.stock_per_item
