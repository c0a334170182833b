-- A hold that ends sooner than it was promised: after the time of holds, or with the sale as its end was then, and
-- later by each pause of purchases that it lived through. What was bought late was never promised. What was refunded
-- had ended as a hold when it was bought. Refunds and prices leave the terms as they were, and there may be many.
with changes as materialized (
    select e.* from sale_events e where e.before <> e.after and ($1::int is null or e.sale_id = $1::int)
)
select format('hold of unit ITM-%s-%s/%s under %s… was made at %s and ends at %s, and was promised until %s at least',
    h.sale_id, h.item, h.number, left(h.code::text, 8), h.held_at, h.expires_at, p.promised)
from holds h
join sales s on s.sale_id = h.sale_id
left join all_orders o on o.sale_id = h.sale_id and o.code = h.code and o.order_number = h.order_number
cross join lateral (
    select coalesce(
        (
            select e.after from changes e where e.sale_id = h.sale_id and e.changed_at <= h.held_at
            order by e.version desc limit 1
        ),
        (
            select e.before from changes e where e.sale_id = h.sale_id and e.changed_at > h.held_at
            order by e.version limit 1
        ),
        to_jsonb(s)
    ) as terms
) t
cross join lateral (
    select coalesce(sum(e.changed_at - (e.before->>'purchases_paused_at')::timestamptz), '0') as pauses
    from changes e
    where e.sale_id = h.sale_id
        and e.changed_at > h.held_at and e.changed_at < coalesce(o.ordered_at, h.ended_at, 'infinity')
        and e.before->>'purchases_paused_at' is distinct from e.after->>'purchases_paused_at'
) z
cross join lateral (
    select z.pauses + least(
        h.held_at + (t.terms->>'hold_seconds')::int * interval '1 second', (t.terms->>'ended_at')::timestamptz
    ) as promised
) p
where h.expires_at < p.promised and (h.order_number is null or h.expires_at > h.held_at)
    and ($1::int is null or h.sale_id = $1::int)
