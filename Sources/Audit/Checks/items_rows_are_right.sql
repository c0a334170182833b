-- An item that differs from its taken units, or below whose first free unit one is free. Items of one unit count none.
with taken as (
    select i.sale_id, i.item, count(*) - count(u.order_number) as held, count(u.order_number) as sold,
        count(*) filter (where u.number < i.first_free) as below
    from all_items i
    join sales s on s.sale_id = i.sale_id and s.stock_per_item > 1
    join all_units u on u.sale_id = i.sale_id and u.item = i.item
    where $1::int is null or i.sale_id = $1::int
    group by i.sale_id, i.item
)
select format('item ITM-%s-%s: its row says %s held, %s sold, the first free is %s; units say %s, %s, %s below it',
    i.sale_id, i.item, i.held, i.sold, i.first_free, coalesce(t.held, 0), coalesce(t.sold, 0), coalesce(t.below, 0))
from all_items i
left join taken t on t.sale_id = i.sale_id and t.item = i.item
where ($1::int is null or i.sale_id = $1::int)
    and (i.held <> coalesce(t.held, 0) or i.sold <> coalesce(t.sold, 0) or i.first_free <> coalesce(t.below, 0) + 1)
