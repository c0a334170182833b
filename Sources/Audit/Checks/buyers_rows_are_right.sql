-- A buyer's row that differs from the buyer's units, from what the sale left when it was written, or from the buyer's
-- carts. All that a buyer holds is in one cart, which the row names. Of a sale that leaves, buyers' rows leave first.
with limits as (
    select sale_id, taken_max from sales
    union
    select sale_id, (before->>'taken_max')::int from sale_events
), taken as (
    select c.sale_id, c.user_id, count(*) - count(u.order_number) as held, count(u.order_number) as bought,
        count(*) filter (where u.order_number is null and b.code is null) as astray
    from units u
    join checkouts c on c.sale_id = u.sale_id and c.code = u.code
    left join buyers b on b.sale_id = c.sale_id and b.code = c.code and b.user_id = c.user_id
    where ($1::int is null or u.sale_id = $1::int)
        and u.sale_id not in (select sale_id from sales where retired_at is not null)
    group by c.sale_id, c.user_id
)
select format(
    'buyer %s of sale %s: row says %s held, %s bought, room for %s, cart %s… of %s; units say %s, %s, %s astray',
    coalesce(b.user_id, t.user_id), coalesce(b.sale_id, t.sale_id), b.held, b.bought, b.room, left(b.code::text, 8),
    coalesce(c.user_id, 'nobody'), coalesce(t.held, 0), coalesce(t.bought, 0), coalesce(t.astray, 0))
from (
    select * from buyers
    where ($1::int is null or sale_id = $1::int)
        and sale_id not in (select sale_id from sales where retired_at is not null)
) b
full join taken t on t.sale_id = b.sale_id and t.user_id = b.user_id
left join checkouts c on c.sale_id = b.sale_id and c.code = b.code
left join limits l on l.sale_id = b.sale_id and b.room = greatest(l.taken_max - b.held - b.bought, 0)
where b.held is distinct from coalesce(t.held, 0) or b.bought is distinct from coalesce(t.bought, 0)
    or l.sale_id is null or c.user_id is distinct from b.user_id
    or t.astray > 0
