-- An item that its sale lacks or should not have. A taken unit that is not in the stock.
select format('item ITM-%s-%s %s', coalesce(i.sale_id, w.sale_id), coalesce(i.item, w.item),
    case when i.item is null then 'is missing' else 'is not of its sale' end)
from (select sale_id, item from all_items where $1::int is null or sale_id = $1::int) i
full join (
    select sale_id, generate_series(1, item_count) as item from sales where $1::int is null or sale_id = $1::int
) w on w.sale_id = i.sale_id and w.item = i.item
where i.item is null or w.item is null
union all
select format('unit ITM-%s-%s/%s is taken, and its sale has %s items of %s units', u.sale_id, u.item, u.number,
    coalesce(s.item_count, 0), coalesce(s.stock_per_item, 0))
from all_units u
left join sales s on s.sale_id = u.sale_id
where ($1::int is null or u.sale_id = $1::int)
    and (u.item between 1 and s.item_count and u.number between 1 and s.stock_per_item) is not true
