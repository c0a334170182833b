-- A sale that is archived and has rows elsewhere, or that leaves while a unit of it is held. Rows in the archive of a
-- sale that has not begun to leave. What is in both, other checks find twice.
select format('sale %s ended at %s, began to leave at %s, had left at %s, and has rows in %s', s.sale_id, s.ended_at,
    s.retired_at, s.archived_at, r.place)
from sales s
join (
    select sale_id, 'items' as place, false as is_archived from items
    union all select sale_id, 'units', false from units
    union all select sale_id, 'ended_holds', false from ended_holds
    union all select sale_id, 'checkouts', false from checkouts
    union all select sale_id, 'orders', false from orders
    union all select sale_id, 'buyers', false from buyers
    union all select sale_id, 'queue_reports', false from queue_reports
    union all select sale_id, 'queue_shown', false from queue_shown
    union all select sale_id, 'archived_items', true from archived_items
    union all select sale_id, 'archived_units', true from archived_units
    union all select sale_id, 'archived_holds', true from archived_holds
    union all select sale_id, 'archived_checkouts', true from archived_checkouts
    union all select sale_id, 'archived_orders', true from archived_orders
) r on r.sale_id = s.sale_id
where ($1::int is null or s.sale_id = $1::int)
    and (r.is_archived and s.retired_at is null or not r.is_archived and s.archived_at is not null)
group by s.sale_id, s.ended_at, s.retired_at, s.archived_at, r.place
union all
select format('sale %s began to leave at %s, and unit ITM-%s-%s/%s of it is held', s.sale_id, s.retired_at, s.sale_id,
    u.item, u.number)
from sales s
join all_units u on u.sale_id = s.sale_id and u.order_number is null
where s.retired_at is not null and ($1::int is null or s.sale_id = $1::int)
