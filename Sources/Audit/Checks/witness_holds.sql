-- When units of a sale's items were taken, in microseconds since 1970: all holds, those bought without an end.
select item, (extract(epoch from held_at) * 1000000)::bigint,
    case when ended_as = 'purchased' then null else (extract(epoch from ended_at) * 1000000)::bigint end
from holds
where sale_id = $1::int
