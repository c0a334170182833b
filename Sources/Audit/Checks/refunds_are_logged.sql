-- An item of an order that was refunded more than once, that no line of its sale's log names, or that more than one
-- does. A line that names what was not refunded, or another sum than that of its items.
with lines as (
    select e.sale_id, e.version, (e.details->>'order')::bigint as order_number, i.item::int as item,
        (e.details->>'refunded_minor')::bigint as total_minor
    from sale_events e
    cross join lateral jsonb_array_elements_text(e.details->'items') as i (item)
    where e.details ? 'refunded_minor' and ($1::int is null or e.sale_id = $1::int)
), refunded as (
    select h.sale_id, h.order_number, h.item, h.price_minor from all_ended_holds h
    where h.ended_as = 'refunded' and ($1::int is null or h.sale_id = $1::int)
)
select format('item ITM-%s-%s of order ORD-%s-%s was refunded %s times, and its sale''s log says so %s times',
    coalesce(r.sale_id, l.sale_id), coalesce(r.item, l.item), coalesce(r.sale_id, l.sale_id),
    coalesce(r.order_number, l.order_number), coalesce(r.times, 0), coalesce(l.times, 0))
from (select sale_id, order_number, item, count(*) as times from refunded group by sale_id, order_number, item) r
full join (select sale_id, order_number, item, count(*) as times from lines group by sale_id, order_number, item) l
    on l.sale_id = r.sale_id and l.order_number = r.order_number and l.item = r.item
where r.times is distinct from 1 or l.times is distinct from 1
union all
select format('change %s of sale %s refunds %s; its items cost %s', l.version, l.sale_id, max(l.total_minor),
    sum(r.price_minor))
from lines l
join refunded r on r.sale_id = l.sale_id and r.order_number = l.order_number and r.item = l.item
group by l.sale_id, l.version
having sum(r.price_minor) <> max(l.total_minor)
