-- A live hold whose unit does not name it, or a unit that names a hold that has ended or never existed.
select format('hold %s of sale %s should hold unit %s/%s, whose row says hold %s, order %s',
    coalesce(h.hold_id, u.hold_id), coalesce(h.sale_id, u.sale_id), coalesce(h.item, u.item),
    coalesce(h.number, u.number), coalesce(u.hold_id::text, 'none'), coalesce(u.order_number::text, 'none'))
from (select * from holds where ended_at is null and ($1::int is null or sale_id = $1::int)) h
full join (select * from units where hold_id is not null and ($1::int is null or sale_id = $1::int)) u
    on u.sale_id = h.sale_id and u.hold_id = h.hold_id
where h.hold_id is null or u.hold_id is null or u.item <> h.item or u.number <> h.number or u.order_number is not null
