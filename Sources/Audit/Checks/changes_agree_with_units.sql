-- A unit of which the last change of a lane says something else than its row: it is the lane's, or to the lane it is
-- free. Of each lane, the log has the latest changes; how many, depends on its sweeper. Of a sale that leaves, changes
-- leave first.
select format('unit ITM-%s-%s/%s is %s, and change %s says it is %s', c.sale_id, c.item, c.number,
    case when u.item is null then 'free' when u.order_number is null then 'held' else 'sold' end, c.last, c.state)
from (
    select sale_id, lane, item, number, max(change_id) as last,
        case max(change_id)
            when max(change_id) filter (where state = 'free') then 'free'
            when max(change_id) filter (where state = 'held') then 'held'
            else 'sold'
        end as state
    from (
        select sale_id, lane, change_id, state, unnest(items) as item, unnest(numbers) as number from unit_changes
        where state <> 'doubted' and ($1::int is null or sale_id = $1::int)
            and sale_id not in (select sale_id from sales where retired_at is not null)
    ) changes
    group by sale_id, lane, item, number
) c
join sales s on s.sale_id = c.sale_id
left join units u on u.sale_id = c.sale_id and u.item = c.item and u.number = c.number
    and c.lane = case when s.lane_count > 1 then get_byte(uuid_send(u.code), 0) else 0 end
where c.state <> case when u.item is null then 'free' when u.order_number is null then 'held' else 'sold' end
