-- Orders and revenue of each day, by UTC, in minor units of each currency.
select cast(ordered_at as date) as day, currency, count(*) as orders, sum(total_minor) as revenue_minor
from pinot."default".orders
group by 1, 2
order by 1, 2
