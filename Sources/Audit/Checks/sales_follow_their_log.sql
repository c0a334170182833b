-- A sale whose log does not lead to its terms: a version is missing, a change does not begin with what the one before
-- it left or lacks terms, or the row is not what the last one left. Terms that a later release added are in the row
-- alone.
with steps as (
    select e.sale_id, e.version, e.before, e.after, lag(e.version) over log as former, lag(e.after) over log as left_as,
        lead(e.version) over log is null as is_last
    from sale_events e
    where $1::int is null or e.sale_id = $1::int
    window log as (partition by e.sale_id order by e.version)
)
select format('sale %s: change %s of its log does not follow change %s', sale_id, version, coalesce(former, 1))
from steps
where version <> coalesce(former, 1) + 1 or not before @> coalesce(left_as, before) or not after ? 'ended_at'
    or (select array_agg(k order by k) from jsonb_object_keys(before) k)
        is distinct from (select array_agg(k order by k) from jsonb_object_keys(after) k)
union all
select format('sale %s: its row has version %s and %s; its log ends with version %s and %s', s.sale_id, s.version,
    to_jsonb(s), coalesce(l.version, 1), coalesce(l.after::text, 'nothing'))
from sales s
left join steps l on l.sale_id = s.sale_id and l.is_last
where (s.version <> coalesce(l.version, 1) or not to_jsonb(s) @> coalesce(l.after, '{}'))
    and ($1::int is null or s.sale_id = $1::int)
