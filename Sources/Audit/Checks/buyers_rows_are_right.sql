-- A buyer's row that differs from the buyer's holds and carts.
with taken as (
    select h.sale_id, c.user_id, count(*) filter (where h.ended_at is null) as held,
        count(*) filter (where h.ended_as = 'purchased') as bought
    from holds h join checkouts c on c.sale_id = h.sale_id and c.code = h.code
    where $1::int is null or h.sale_id = $1::int
    group by h.sale_id, c.user_id
), carts as (
    select sale_id, user_id, count(*) as count, min(code::text)::uuid as code from checkouts
    where closed_at is null and ($1::int is null or sale_id = $1::int)
    group by sale_id, user_id
)
select format(
    'buyer %s of sale %s: row says %s held, %s bought, limit %s; holds say %s, %s; sale says %s; open carts %s',
    coalesce(b.user_id, t.user_id), coalesce(b.sale_id, t.sale_id), b.held, b.bought, b.taken_max, t.held, t.bought,
    s.taken_max, coalesce(c.count, 0))
from (select * from buyers where $1::int is null or sale_id = $1::int) b
full join taken t on t.sale_id = b.sale_id and t.user_id = b.user_id
left join carts c on c.sale_id = b.sale_id and c.user_id = b.user_id
left join sales s on s.sale_id = coalesce(b.sale_id, t.sale_id)
where b.held is distinct from coalesce(t.held, 0) or b.bought is distinct from coalesce(t.bought, 0)
    or b.taken_max is distinct from s.taken_max or coalesce(c.count, 0) > 1 or b.open_code is distinct from c.code
