-- A live hold that no change before the sweeper names with its time, beyond whose end the sweeper sleeps, or that
-- stands behind one with a later end: no sweep would end it, or too late.
select format(
    'hold of unit ITM-%s-%s/%s under %s… ends at %s; its change %s%s, and the sweeper sleeps until %s',
    u.sale_id, u.item, u.number, left(u.code::text, 8), u.expires_at,
    coalesce(c.change_id || ' is to come', 'is passed'), ' after an end at ' || nullif(c.latest, u.expires_at),
    coalesce(w.next_end::text, 'a hold is made'))
from units u
join sales s on s.sale_id = u.sale_id
left join stocks w on w.sale_id = u.sale_id
    and w.lane = case when s.lane_count > 1 then get_byte(uuid_send(u.code), 0) else 0 end
left join (
    select x.sale_id, x.lane, x.change_id, x.expires_at, unnest(x.items) as item, unnest(x.numbers) as number,
        max(x.expires_at) over (partition by x.sale_id, x.lane order by x.change_id) as latest
    from unit_changes x join stocks y on y.sale_id = x.sale_id and y.lane = x.lane and x.change_id > y.swept
    where x.state = 'held' and ($1::int is null or x.sale_id = $1::int)
) c on c.sale_id = u.sale_id and c.lane = w.lane and c.item = u.item and c.number = u.number
    and c.expires_at = u.expires_at
where u.order_number is null and ($1::int is null or u.sale_id = $1::int)
    and (c.change_id is null or w.next_end is null or w.next_end > u.expires_at or c.latest > u.expires_at)
