-- What operators changed of a sale's stock and of its buyers' limit: when, in microseconds since 1970, and both before
-- and after it.
select (extract(epoch from changed_at) * 1000000)::bigint,
    (before->>'stock_per_item')::int, (before->>'taken_max')::int,
    (after->>'stock_per_item')::int, (after->>'taken_max')::int
from sale_events
where sale_id = $1::int
    and (before->>'stock_per_item', before->>'taken_max') is distinct from
        (after->>'stock_per_item', after->>'taken_max')
order by version
