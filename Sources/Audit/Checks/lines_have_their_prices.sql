-- A unit that was sold for another price than its item had when it was held, or that is held at such a price. The log
-- says what the price was: a change after the hold has the price before it. A price that is no price of the API's.
with changes as materialized (
    select e.sale_id, e.version, e.changed_at, (e.details->>'item')::int as item,
        (e.details->>'former_minor')::bigint as former
    from sale_events e
    where e.details ? 'former_minor' and ($1::int is null or e.sale_id = $1::int)
)
select format('unit ITM-%s-%s/%s is %s for %s; its item cost %s when it was held at %s, and costs %s', u.sale_id,
    u.item, u.number, case when u.order_number is null then 'held' else 'sold' end, u.price_minor,
    coalesce(c.former, i.price_minor), u.held_at, i.price_minor)
from all_units u
join all_items i on i.sale_id = u.sale_id and i.item = u.item
left join lateral (
    select x.former from changes x
    where x.sale_id = u.sale_id and x.item = u.item and x.changed_at > u.held_at
    order by x.version limit 1
) c on true
where ($1::int is null or u.sale_id = $1::int)
    and (u.price_minor <> coalesce(c.former, i.price_minor)
        -- A price of its own is for what is held while the price changes.
        or u.order_number is null and u.price_minor is not null and c.former is null)
union all
select format('item ITM-%s-%s costs %s, and its log ends with %s', i.sale_id, i.item, i.price_minor, l.price)
from (
    select distinct on (e.sale_id, e.details->>'item') e.sale_id, (e.details->>'item')::int as item,
        (e.details->>'price_minor')::bigint as price
    from sale_events e
    where e.details ? 'former_minor' and ($1::int is null or e.sale_id = $1::int)
    order by e.sale_id, e.details->>'item', e.version desc
) l
join all_items i on i.sale_id = l.sale_id and i.item = l.item
where i.price_minor <> l.price
union all
select format('item ITM-%s-%s costs %s, which is more than 1000000000000', i.sale_id, i.item, i.price_minor)
from all_items i
where ($1::int is null or i.sale_id = $1::int) and i.price_minor > 1000000000000
