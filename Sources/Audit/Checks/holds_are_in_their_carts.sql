-- A unit that is taken under a code, and that the code's cart does not list or that has no cart. A unit that a cart
-- lists, and of which it never had a hold, or had only holds that the buyer cancelled.
with listed as (
    select sale_id, code, unnest(items) as item, unnest(numbers) as number from all_checkouts
    where $1::int is null or sale_id = $1::int
)
select format('unit ITM-%s-%s/%s is %s under %s… and not in its cart', u.sale_id, u.item, u.number,
    case when u.order_number is null then 'held' else 'sold' end, left(u.code::text, 8))
from all_units u
where ($1::int is null or u.sale_id = $1::int)
    and not exists (
        select from listed l
        where l.sale_id = u.sale_id and l.code = u.code and l.item = u.item and l.number = u.number
    )
union all
select format('cart %s… lists unit ITM-%s-%s/%s, of which it has no hold', left(l.code::text, 8), l.sale_id, l.item,
    l.number)
from listed l
where not exists (
        select from all_units u
        where u.sale_id = l.sale_id and u.code = l.code and u.item = l.item and u.number = l.number
    )
    and not exists (
        select from all_ended_holds e
        where e.sale_id = l.sale_id and e.code = l.code and e.item = l.item and e.number = l.number
            and e.ended_as <> 'cancelled'
    )
