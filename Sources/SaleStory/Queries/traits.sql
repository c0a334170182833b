-- The holds of a sale ($1) that have ended, counted by how they ended and what they were like: the price of the item
-- and its place on the list, when the hold was made (in parts of $3 microseconds from $2 on, the last is $4), and
-- whether its buyer came once or more often. Of a large sale only the carts count whose code hashes to 0 under the
-- mask $5.
with prices as materialized (
    select percentile_disc(0.33) within group (order by i.price_minor) as low,
        percentile_disc(0.67) within group (order by i.price_minor) as high,
        max(i.item) / 10 as tenth
    from all_items i where i.sale_id = $1
),
buyers as materialized (
    select c.user_id, count(*) as carts from all_checkouts c where c.sale_id = $1 group by c.user_id
)
select t.ended_as,
    case when i.price_minor <= p.low then 'low' when i.price_minor > p.high then 'high' else 'middle' end,
    case when t.item <= p.tenth then 'of the first tenth' else 'beyond the first tenth' end,
    least(greatest(floor(date_part('epoch', t.held_at - $2::timestamptz) * 1000000 / $3::bigint), 0), $4::bigint)
        ::bigint,
    case when b.carts > 1 then 'with several carts' else 'with one cart' end,
    count(*)
from (
    select u.code, u.item, u.held_at, 'purchased' from all_units u
    where u.sale_id = $1 and u.order_number is not null and uuid_hash(u.code) & $5::int = 0
    union all
    select e.code, e.item, e.held_at, e.ended_as from all_ended_holds e
    where e.sale_id = $1 and uuid_hash(e.code) & $5::int = 0
) t (code, item, held_at, ended_as)
join all_checkouts c on c.sale_id = $1 and c.code = t.code and uuid_hash(c.code) & $5::int = 0
join buyers b on b.user_id = c.user_id
join all_items i on i.sale_id = $1 and i.item = t.item
cross join prices p
group by 1, 2, 3, 4, 5
