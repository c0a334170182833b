-- A sale whose log does not lead to its terms: a version is missing, a change does not begin with what the one before
-- it left or lacks terms, or the row is not what the last one left. Terms that a later release added are in the row
-- alone. A change whose number does not follow those before it, or is an order's, or was never given out.
with steps as (
    select e.sale_id, e.version, e.event_number, e.before, e.after, lag(e.version) over log as former,
        lag(e.after) over log as left_as, lag(e.event_number, 1, 0) over log as former_number,
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
union all
select format(
    'sale %s: change %s of its log has the number %s after %s, of %s that were given out, and %s has it too', e.sale_id,
    e.version, e.event_number, e.former_number, q.last_value, coalesce('order ' || o.order_number, 'nothing'))
from steps e
cross join orders_order_number_seq q
left join all_orders o on o.sale_id = e.sale_id and o.order_number = e.event_number
where e.event_number <= e.former_number or e.event_number > q.last_value or o.order_number is not null
