-- A day of the summary, from the orders and units that Pinot has. It has no rows of that day before.
insert into reports.public.daily_summary (day, sale_id, currency, orders, revenue_minor, units)
select cast(orders.ordered_at as date), orders.sale_id, orders.currency, count(*), sum(orders.total_minor),
    sum(lines.units)
from pinot."default".orders as orders
join (
    select sale_id, order_number, count(*) as units
    from pinot."default".units
    where order_number > 0
    group by 1, 2
) as lines on lines.sale_id = orders.sale_id and lines.order_number = orders.order_number
where cast(orders.ordered_at as date) = date '{{ macros.ds_add(ds, -1) }}'
group by 1, 2, 3
