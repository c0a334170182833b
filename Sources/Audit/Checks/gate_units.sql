-- The units of some items that are not free: sold, or held by the first digits of a code.
select u.item, u.number,
    case when u.order_number is not null then 'sold' else 'held by ' || left(h.code::text, 8) end
from units u left join holds h on h.sale_id = u.sale_id and h.hold_id = u.hold_id
where u.sale_id = $1::int and u.item between $2::int and $3::int
    and (u.hold_id is not null or u.order_number is not null)
