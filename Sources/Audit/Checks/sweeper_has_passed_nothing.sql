-- A live hold at or before the sweeper's mark: no sweep would end it.
select format('hold %s of sale %s is live behind the sweeper, which is at %s', h.hold_id, h.sale_id, w.hold_id)
from holds h join sweeps w on w.sale_id = h.sale_id
where h.ended_at is null and h.hold_id <= w.hold_id and ($1::int is null or h.sale_id = $1::int)
