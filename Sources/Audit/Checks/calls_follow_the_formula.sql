-- A step of the usher that calls more than its figures allow, or does not go on from the step before it; or a line in
-- which others are called than its steps say. The usher counts in double precision, where 1.1 times 50 is a little more
-- than 55, and rounds up: so does this. A clock may be set back, and called never falls: so steps follow one another.
with steps as (
    select s.*, lag(s.called, 1, 0) over line as before,
        max(s.stepped_at) filter (where s.step > 0) over (line rows between unbounded preceding and 1 preceding)
            as last_call
    from queue_steps s
    join queues q on q.sale_id = s.sale_id
    where $1::int is null or s.sale_id = $1::int
    window line as (partition by s.sale_id order by s.called, s.stepped_at)
), allowed as (
    select s.*,
        case
            when s.free <= 0 or s.share not between 0.05 and 1 or s.seconds not between 0 and 0.5 then 0
            else least(
                ceil(greatest(least(s.pace * s.seconds, 1.1::float8 * s.free / s.units_per_cart - s.pending),
                    case when s.is_nudge and s.stepped_at - s.last_call not between '0' and '0.75 s' then 1 else 0 end)
                    / s.share),
                ceil(greatest(1, s.pace * s.seconds / 0.05::float8)), s.last_number - s.before)
        end as numbers
    from steps s
)
select format('sale %s: the step of %s calls %s numbers after %s up to %s; %s are allowed', a.sale_id, a.stepped_at,
    a.step, a.before, a.called, a.numbers)
from allowed a
where a.step < 0 or a.called <> a.before + a.step or a.step > greatest(a.numbers, 0)
union all
select format('sale %s: %s are called, and its steps end at %s', q.sale_id, q.called, coalesce(max(s.called), 0))
from queues q
left join queue_steps s on s.sale_id = q.sale_id
where $1::int is null or q.sale_id = $1::int
group by q.sale_id, q.called
having q.called <> coalesce(max(s.called), 0)
