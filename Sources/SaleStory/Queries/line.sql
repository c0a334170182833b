-- A sale's line ($1) in steps of $3 microseconds from $2 on: who is called, how many wait, and the pace a second.
select
    least(greatest(floor(date_part('epoch', q.stepped_at - $2::timestamptz) * 1000000 / $3::bigint), 0), $4::bigint)
        ::bigint as step,
    max(q.called)::bigint, max(greatest(q.last_number - q.called, 0))::bigint, max(round(q.pace))::bigint
from queue_steps q
where q.sale_id = $1
group by 1
order by 1
