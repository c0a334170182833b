-- A buyer who has taken more units than the sale allowed when the buyer took the last one.
select format('buyer %s of sale %s has taken %s of %s', t.user_id, t.sale_id, t.taken, l.taken_max)
from (
    select u.sale_id, c.user_id, count(*) as taken, max(u.held_at) as held_at
    from all_units u join all_checkouts c on c.sale_id = u.sale_id and c.code = u.code
    where $1::int is null or u.sale_id = $1::int
    group by u.sale_id, c.user_id
) t
join sales s on s.sale_id = t.sale_id
cross join lateral (
    select coalesce(
        (
            select (e.before->>'taken_max')::int from sale_events e
            where e.sale_id = t.sale_id and e.changed_at > t.held_at
            order by e.version limit 1
        ),
        s.taken_max
    ) as taken_max
) l
where t.taken > l.taken_max
