-- A buyer whose holds and order lines are more than the sale allows.
select format('buyer %s of sale %s has taken %s of %s', t.user_id, t.sale_id, t.taken, s.taken_max)
from (
    select h.sale_id, c.user_id, count(*) as taken
    from holds h join checkouts c on c.sale_id = h.sale_id and c.code = h.code
    where (h.ended_at is null or h.ended_as = 'purchased') and ($1::int is null or h.sale_id = $1::int)
    group by h.sale_id, c.user_id
) t
join sales s on s.sale_id = t.sale_id
where t.taken > s.taken_max
