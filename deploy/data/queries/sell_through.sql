-- How much of each sale's stock is sold. A unit without an order is held, or was: no deletion is told.
select sales.sale_id, sales.item_count * sales.stock_per_item as units, count(taken.number) as sold,
    cast(count(taken.number) as double) / (sales.item_count * sales.stock_per_item) as sell_through
from pinot."default".sales as sales
left join pinot."default".units as taken on taken.sale_id = sales.sale_id and taken.order_number > 0
group by 1, 2
order by 1
