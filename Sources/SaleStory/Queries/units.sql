-- What became of units, in steps of $3 microseconds from $2 on: how many were held, purchased, and so on. What happened
-- before is in step 0, and what happened after step $4 is in that.
with moments (at, state) as (
    select u.held_at, 'held' from all_units u where u.sale_id = $1
    union all
    select e.held_at, 'held' from all_ended_holds e where e.sale_id = $1
    union all
    select o.ordered_at, 'purchased' from all_units u
    join all_orders o on o.sale_id = u.sale_id and o.code = u.code and o.order_number = u.order_number
    where u.sale_id = $1
    union all
    select coalesce(o.ordered_at, e.ended_at), 'purchased' from all_ended_holds e
    left join all_orders o on o.sale_id = e.sale_id and o.code = e.code and o.order_number = e.order_number
    where e.sale_id = $1 and e.ended_as = 'refunded'
    union all
    select e.ended_at, e.ended_as from all_ended_holds e where e.sale_id = $1
)
select
    least(greatest(floor(date_part('epoch', m.at - $2::timestamptz) * 1000000 / $3::bigint), 0), $4::bigint)::bigint
        as step,
    m.state, count(*)
from moments m
group by 1, 2
order by 1, 2
