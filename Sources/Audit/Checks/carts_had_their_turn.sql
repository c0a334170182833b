-- A cart in a sale with a waiting room whose number was not called when it was opened, or that has none.
select format('the cart %s… of buyer %s of sale %s was opened at %s with number %s, when %s were called',
    left(c.code::text, 8), c.user_id, c.sale_id, c.opened_at, coalesce(c.queue_number::text, 'none'), s.called)
from queues q
join all_checkouts c on c.sale_id = q.sale_id
cross join lateral (
    select coalesce(max(x.called), 0) as called from queue_steps x
    where x.sale_id = c.sale_id and x.stepped_at <= c.opened_at
) s
where (c.queue_number is null or c.queue_number > s.called) and ($1::int is null or q.sale_id = $1::int)
