-- When units of a sale's items were taken, in microseconds since 1970: all holds, bought ones without an end, or until
-- they were refunded. Other holds count as free once they are past their time and the grace of half a second, even if
-- they have not ended. The last columns are what the buyer was told: code, buyer and time.
select h.item, (extract(epoch from h.held_at) * 1000000)::bigint,
    case when h.ended_as is distinct from 'purchased'
        then (extract(epoch from case
            when h.ended_as = 'refunded' then h.ended_at
            else least(h.ended_at, h.expires_at + interval '500 milliseconds')
        end) * 1000000)::bigint
    end,
    'CHK-' || h.sale_id || '-' || replace(h.code::text, '-', ''), coalesce(c.user_id, ''),
    (extract(epoch from h.expires_at) * 1000000)::bigint
from holds h
left join all_checkouts c on c.sale_id = h.sale_id and c.code = h.code
where h.sale_id = $1::int
