-- A cart whose code names a lane that its sale does not have, or another one than another cart of its buyer. In a sale
-- with one lane, codes name none.
select format('sale %s with %s lanes: the carts of %s name lanes %s', c.sale_id, s.lane_count, c.user_id,
    string_agg(distinct c.lane::text, ', '))
from (
    select sale_id, user_id, get_byte(uuid_send(code), 0) as lane from all_checkouts
    where $1::int is null or sale_id = $1::int
    union all
    select sale_id, user_id, get_byte(uuid_send(code), 0) from buyers where $1::int is null or sale_id = $1::int
) c
join sales s on s.sale_id = c.sale_id and s.lane_count > 1
group by c.sale_id, s.lane_count, c.user_id
having max(c.lane) >= s.lane_count or count(distinct c.lane) > 1
