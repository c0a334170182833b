-- A sale ($1) as it is now, and the clock of the database.
select s.started_at, s.ended_at, s.item_count, s.stock_per_item, s.taken_max, s.hold_seconds,
    case when s.purchases_paused_at is not null then 'all' when s.paused_at is not null then 'holds' end,
    s.archived_at is not null, s.item_count::bigint * s.stock_per_item - k.held - k.sold,
    k.held::bigint, k.sold::bigint, q.gather_seconds, clock_timestamp()
from sales s
cross join lateral (
    select sum(x.held) as held, sum(x.sold) as sold from stocks x where x.sale_id = s.sale_id
) k
left join queues q on q.sale_id = s.sale_id
where s.sale_id = $1
