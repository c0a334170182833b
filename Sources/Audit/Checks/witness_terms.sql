-- A sale's terms, from its creation on: since when, in microseconds since 1970, and whether they were changed by hand;
-- then its items and the units of each, how many a buyer may have, whether holds and purchases are paused, its start
-- and its end.
with steps as (
    select version, changed_at, act = 'sql' as is_by_hand, after as terms from sale_events where sale_id = $1::int
    union all
    select 1, null, false, coalesce(
        (select e.before from sale_events e where e.sale_id = s.sale_id order by e.version limit 1), to_jsonb(s))
    from sales s where s.sale_id = $1::int
)
select (extract(epoch from changed_at) * 1000000)::bigint, is_by_hand, (terms->>'item_count')::int,
    (terms->>'stock_per_item')::int, (terms->>'taken_max')::int, terms->>'paused_at' is not null,
    terms->>'purchases_paused_at' is not null,
    (extract(epoch from (terms->>'started_at')::timestamptz) * 1000000)::bigint,
    (extract(epoch from (terms->>'ended_at')::timestamptz) * 1000000)::bigint
from steps
order by version
