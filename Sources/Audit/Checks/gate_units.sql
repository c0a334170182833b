-- The taken units of a stretch, from one item and number to another, by their ordinals: sold, or held by a code and its
-- buyer.
select (u.item - 1) * s.stock_per_item + u.number - 1,
    case
        when u.order_number is not null then 'sold'
        else format('held by %s for %s', replace(u.code::text, '-', ''), c.user_id)
    end
from units u
join sales s on s.sale_id = $1::int
left join lateral (
    select x.user_id from checkouts x where x.sale_id = $1::int and x.code = u.code and u.order_number is null limit 1
) c on true
where u.sale_id = $1::int and (u.item, u.number) between ($2::int, $3::int) and ($4::int, $5::int)
    -- A unit beyond the stock is a finding of another check. Here it would have another unit's ordinal.
    and u.number between 1 and s.stock_per_item
