-- Two sales of one shop at the same time.
select format('sales %s and %s overlap from %s to %s', a.sale_id, b.sale_id, greatest(a.started_at, b.started_at),
    least(a.ended_at, b.ended_at))
from sales a
join sales b on a.shop = b.shop and a.sale_id < b.sale_id and a.started_at < b.ended_at and b.started_at < a.ended_at
where $1::int is null or $1::int in (a.sale_id, b.sale_id)
