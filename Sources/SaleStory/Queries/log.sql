-- Who changed a sale ($1), when, how and why, oldest first; at most a thousand changes. Then what was changed: stock,
-- limit and end, each before and after; the item whose price it was, with both prices; the order that was refunded, how
-- many of its units, and for how much; the pace of the line, before and after.
select e.version, e.changed_at, e.act, e.actor, e.reason,
    (e.before->>'stock_per_item')::int, (e.after->>'stock_per_item')::int,
    (e.before->>'taken_max')::int, (e.after->>'taken_max')::int,
    (e.before->>'ended_at')::timestamptz, (e.after->>'ended_at')::timestamptz,
    e.details->>'currency', (e.details->>'item')::int, (e.details->>'former_minor')::bigint,
    (e.details->>'price_minor')::bigint, (e.details->>'order')::bigint,
    jsonb_array_length(e.details->'items'), (e.details->>'refunded_minor')::bigint,
    (e.before->>'room_pace')::int, (e.after->>'room_pace')::int
from sale_events e
where e.sale_id = $1
order by e.version
limit 1000
