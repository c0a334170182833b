-- A lane's stock that differs from its taken units, or a lane of a sale without one, or a stock of a lane that the sale
-- does not have. A code's first byte is its lane, in a sale with several.
select format('lane %s of sale %s: its stock says %s held, %s sold; of its units %s are held and %s sold',
    coalesce(w.lane, l.lane, t.lane), coalesce(w.sale_id, l.sale_id, t.sale_id), w.held, w.sold,
    coalesce(t.held, 0), coalesce(t.sold, 0))
from (select * from stocks where $1::int is null or sale_id = $1::int) w
full join (
    select s.sale_id, n.lane from sales s cross join lateral generate_series(0, s.lane_count - 1) as n (lane)
    where $1::int is null or s.sale_id = $1::int
) l on l.sale_id = w.sale_id and l.lane = w.lane
full join (
    select u.sale_id, case when s.lane_count > 1 then get_byte(uuid_send(u.code), 0) else 0 end as lane,
        count(*) - count(u.order_number) as held, count(u.order_number) as sold
    from all_units u
    join sales s on s.sale_id = u.sale_id
    where $1::int is null or u.sale_id = $1::int
    group by 1, 2
) t on t.sale_id = l.sale_id and t.lane = l.lane
where l.lane is null or w.held is distinct from coalesce(t.held, 0) or w.sold is distinct from coalesce(t.sold, 0)
