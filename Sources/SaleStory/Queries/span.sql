-- When the first and the last thing happened in a sale ($1): a step of its line, a hold, the end of a hold, an order.
-- Refunds may come days later, and are left out. NULL if nothing happened.
select min(t.first_at), max(t.last_at)
from (
    select min(u.held_at), max(u.held_at) from all_units u where u.sale_id = $1
    union all
    select min(e.held_at), max(e.ended_at) from all_ended_holds e where e.sale_id = $1 and e.ended_as <> 'refunded'
    union all
    select min(e.held_at), max(e.held_at) from all_ended_holds e where e.sale_id = $1
    union all
    select min(o.ordered_at), max(o.ordered_at) from all_orders o where o.sale_id = $1
    union all
    select min(q.stepped_at) filter (where q.step > 0), max(q.stepped_at) filter (where q.step > 0)
    from queue_steps q where q.sale_id = $1
) t (first_at, last_at)
