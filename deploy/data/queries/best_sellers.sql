-- The ten items of each sale that brought most, at the prices that their buyers paid.
select sale_id, item, name, sold, revenue_minor
from (
    select items.sale_id, items.item, items.name, count(*) as sold, sum(taken.price_minor) as revenue_minor,
        row_number() over (partition by items.sale_id order by sum(taken.price_minor) desc, items.item) as place
    from pinot."default".items as items
    join pinot."default".units as taken
        on taken.sale_id = items.sale_id and taken.item = items.item and taken.order_number > 0
    group by 1, 2, 3
) as ranked
where place <= 10
order by sale_id, place
