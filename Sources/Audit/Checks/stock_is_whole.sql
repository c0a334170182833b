-- An item that its sale does not have, or whose units differ from its stock, or of which more units are sold than
-- exist.
with items_wanted as (
    select s.sale_id, g.item, s.stock_per_item
    from sales s cross join lateral generate_series(1, s.item_count) g (item)
    where $1::int is null or s.sale_id = $1::int
), items_there as (
    select sale_id, item from items where $1::int is null or sale_id = $1::int
), units_there as (
    select sale_id, item, count(*) as count, count(distinct number) as numbers, min(number) as first,
        max(number) as last
    from units where $1::int is null or sale_id = $1::int
    group by sale_id, item
)
select format('item ITM-%s-%s: the sale wants it with %s units, there is %s with %s units numbered %s to %s',
    sale_id, item, coalesce(w.stock_per_item, 0), case when i.is_there then 'an item' else 'no item' end,
    coalesce(u.count, 0), u.first, u.last)
from items_wanted w
full join (select *, true as is_there from items_there) i using (sale_id, item)
full join units_there u using (sale_id, item)
where w.stock_per_item is null or i.is_there is null or u.count is null or u.count <> w.stock_per_item
    or u.numbers <> u.count or u.first <> 1 or u.last <> u.count
union all
select format('item ITM-%s-%s has a stock of %s and %s order lines', l.sale_id, l.item, s.stock_per_item, count(*))
from order_items l join sales s on s.sale_id = l.sale_id
where $1::int is null or l.sale_id = $1::int
group by l.sale_id, l.item, s.stock_per_item
having count(*) > s.stock_per_item
