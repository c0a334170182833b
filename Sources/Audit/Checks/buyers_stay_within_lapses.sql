-- A buyer whose holds ended unpaid more often than the sale allows, live ones included, or whose row is gone or counts
-- something else than the history says. A hold that expired before the sale did is a lapse, and one that was cancelled
-- after ten seconds or more. A late purchase, which is a hold that ended as it was made, takes one back. Of holds that
-- were cancelled sooner a sale allows ten times as many.
with history as (
    select h.sale_id, c.user_id, count(*) filter (where h.ended_as is null) as held,
        count(*) filter (
            where h.ended_as = 'expired' or h.ended_as = 'cancelled' and h.ended_at - h.held_at >= interval '10 s'
        ) - count(*) filter (where h.order_number is not null and h.expires_at = h.held_at) as lapsed,
        count(*) filter (where h.ended_as = 'cancelled' and h.ended_at - h.held_at < interval '10 s') as given_back
    from holds h
    join all_checkouts c on c.sale_id = h.sale_id and c.code = h.code
    where $1::int is null or h.sale_id = $1::int
    group by h.sale_id, c.user_id
)
select format('buyer %s of sale %s holds %s; %s lapsed of %s, %s given back; its row says %s and %s', h.user_id,
    h.sale_id, h.held, h.lapsed, s.lapses_max, h.given_back, b.lapsed, b.given_back)
from history h
join sales s on s.sale_id = h.sale_id and s.lapses_max is not null
left join buyers b on b.sale_id = h.sale_id and b.user_id = h.user_id
where b.user_id is null and s.retired_at is null or b.lapsed <> h.lapsed or b.given_back <> h.given_back
    or h.held + greatest(h.lapsed, 0) > s.lapses_max
    or h.held + h.given_back > 10 * s.lapses_max
