-- A cancellation whose cart is not its buyer's, or that does not list units of it, each once, which were cancelled.
select format(
    'cancellation %s… of %s in sale %s: a cart of %s, %s items, %s numbers, %s ages; %s were cancelled, %s are left',
    left(k.request::text, 8), k.user_id, k.sale_id, coalesce(c.user_id, 'nobody'), cardinality(k.items),
    cardinality(k.numbers), cardinality(k.ages_ms), coalesce(e.count, 0), k.items_left)
from cancellations k
left join all_checkouts c on c.sale_id = k.sale_id and c.code = k.code
left join (
    select x.sale_id, x.request, count(distinct (h.item, h.number))
    from (
        select sale_id, request, code, unnest(items) as item, unnest(numbers) as number from cancellations
        where $1::int is null or sale_id = $1::int
    ) x
    join all_ended_holds h on h.sale_id = x.sale_id and h.code = x.code and h.item = x.item and h.number = x.number
        and h.ended_as = 'cancelled'
    group by x.sale_id, x.request
) e on e.sale_id = k.sale_id and e.request = k.request
where ($1::int is null or k.sale_id = $1::int)
    and (c.user_id is distinct from k.user_id or e.count is distinct from cardinality(k.items)
        or cardinality(k.numbers) <> cardinality(k.items) or cardinality(k.ages_ms) <> cardinality(k.items)
        or k.items_left < 0)
