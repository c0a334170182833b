-- The units of a stretch of a sale, by ordinal, that are not free: sold, or held by a code and its buyer.
with bounds as (
    select stock_per_item as stock, $2::int / stock_per_item + 1 as first_item,
        $3::int / stock_per_item + 1 as last_item
    from sales where sale_id = $1::int
)
select (u.item - 1) * b.stock + u.number - 1,
    case
        when u.order_number is not null then 'sold'
        else format('held by %s for %s', replace(h.code::text, '-', ''), c.user_id)
    end
from bounds b
join units u on u.sale_id = $1::int and u.item between b.first_item and b.last_item
left join lateral (select x.code from holds x where x.sale_id = $1::int and x.hold_id = u.hold_id limit 1) h on true
left join lateral (select x.user_id from checkouts x where x.sale_id = $1::int and x.code = h.code limit 1) c on true
where (u.hold_id is not null or u.order_number is not null)
    and (u.item - 1) * b.stock + u.number - 1 between $2::int and $3::int
