-- A line that stood for more than two seconds, and a quarter to spare, while a unit was free, somebody waited, and an
-- usher was at work. A gap between two steps is another's time: no usher, or nobody in the line, or a clock set back.
with steps as (
    select s.*, s.step > 0 or s.free = 0 or s.last_number <= s.called
        or s.stepped_at - lag(s.stepped_at) over w > interval '1 second' as begins
    from queue_steps s
    join queues q on q.sale_id = s.sale_id
    where $1::int is null or s.sale_id = $1::int
    window w as (partition by s.sale_id order by s.called, s.stepped_at)
), stretches as (
    select s.*, count(*) filter (where s.begins) over w as stretch
    from steps s
    window w as (partition by s.sale_id order by s.called, s.stepped_at)
)
select format('sale %s: nobody was called from %s to %s, though %s units and more were free', sale_id,
    min(stepped_at), max(stepped_at), min(free))
from stretches
group by sale_id, stretch
having max(stepped_at) - min(stepped_at) > interval '2.25 seconds'
