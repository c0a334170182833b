-- A buyer who has taken more units than the sale allows.
select format('buyer %s of sale %s has taken %s of %s', t.user_id, t.sale_id, t.taken, s.taken_max)
from (
    select u.sale_id, c.user_id, count(*) as taken
    from all_units u join all_checkouts c on c.sale_id = u.sale_id and c.code = u.code
    where $1::int is null or u.sale_id = $1::int
    group by u.sale_id, c.user_id
) t
join sales s on s.sale_id = t.sale_id
where t.taken > s.taken_max
