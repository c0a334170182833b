-- A hold that is live or was purchased, and that its cart does not list or that has no cart.
select format('hold %s of sale %s is %s and not in its cart', h.hold_id, h.sale_id, coalesce(h.ended_as, 'live'))
from holds h
left join checkouts c on c.sale_id = h.sale_id and c.code = h.code
where ($1::int is null or h.sale_id = $1::int) and (h.ended_at is null or h.ended_as = 'purchased')
    and (c.code is null or not h.hold_id = any (c.holds))
