-- How many joined a sale's line ($1), came when they were called, took something, and bought; and how long it took from
-- the opening of a cart to its order, in milliseconds: half of the orders, and nine in ten.
select (select coalesce(sum(r.gathered::bigint + r.late), 0)::bigint from queue_reports r where r.sale_id = $1),
    (select coalesce(sum(r.came), 0)::bigint from queue_reports r where r.sale_id = $1),
    (
        select count(*)
        from (select from all_checkouts c where c.sale_id = $1 group by c.user_id) b
    ),
    (
        select count(*)
        from (select from all_orders o where o.sale_id = $1 group by o.user_id) b
    ),
    t.half, t.most
from (
    select percentile_disc(0.5) within group (order by d.age) as half,
        percentile_disc(0.9) within group (order by d.age) as most
    from (
        select (extract(epoch from o.ordered_at - c.opened_at) * 1000)::bigint as age
        from all_orders o
        join all_checkouts c on c.sale_id = o.sale_id and c.code = o.code
        where o.sale_id = $1
    ) d
) t
