-- The units of a stretch of items that are not free, by their ordinals: sold, or held by a code and its buyer.
select (u.item - 1) * s.stock_per_item + u.number - 1,
    case
        when u.order_number is not null then 'sold'
        else format('held by %s for %s', replace(h.code::text, '-', ''), c.user_id)
    end
from units u
join sales s on s.sale_id = $1::int
left join lateral (select x.code from holds x where x.sale_id = $1::int and x.hold_id = u.hold_id limit 1) h on true
left join lateral (select x.user_id from checkouts x where x.sale_id = $1::int and x.code = h.code limit 1) c on true
where u.sale_id = $1::int and u.item between $2::int and $3::int
    and (u.hold_id is not null or u.order_number is not null)
    and (u.item - 1) * s.stock_per_item + u.number - 1 between $4::int and $5::int
