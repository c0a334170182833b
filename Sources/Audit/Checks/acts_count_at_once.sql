-- What happened in a sale that an operator had paused or ended: a hold, or an order while purchases were paused too. A
-- late purchase is no hold. How a sale was between a change by hand and the next change is not judged: such a change
-- counts from its commit on, and nobody knows when that was.
with spans as (
    select sale_id, act, changed_at as since, after->>'paused_at' is not null as is_paused,
        after->>'purchases_paused_at' is not null as are_purchases_paused,
        (after->>'ended_at')::timestamptz as ended_at,
        lead(changed_at, 1, 'infinity') over (partition by sale_id order by version) as until
    from sale_events
    where $1::int is null or sale_id = $1::int
), closed as (
    select * from spans where act <> 'sql' and (is_paused or ended_at < until)
)
select format('hold of unit ITM-%s-%s/%s under %s… was made at %s, when its sale was %s', h.sale_id, h.item, h.number,
    left(h.code::text, 8), h.held_at, case when c.is_paused then 'paused' else 'over' end)
from closed c
join holds h on h.sale_id = c.sale_id and h.held_at >= c.since and h.held_at < c.until
where h.expires_at > h.held_at and (c.is_paused or h.held_at >= c.ended_at)
union all
select format('order ORD-%s-%s was made at %s, when purchases were paused', o.sale_id, o.order_number, o.ordered_at)
from closed c
join all_orders o on o.sale_id = c.sale_id and o.ordered_at >= c.since and o.ordered_at < c.until
where c.are_purchases_paused
