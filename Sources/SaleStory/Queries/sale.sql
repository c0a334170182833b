-- A sale ($1) as it is now, and the clock of the database.
select s.started_at, s.ended_at, s.item_count, s.stock_per_item, s.taken_max, s.hold_seconds,
    case when s.purchases_paused_at is not null then 'all' when s.paused_at is not null then 'holds' end,
    s.archived_at is not null, k.free::bigint, k.held::bigint, k.sold::bigint, q.gather_seconds, clock_timestamp()
from sales s
join stocks k on k.sale_id = s.sale_id
left join queues q on q.sale_id = s.sale_id
where s.sale_id = $1
