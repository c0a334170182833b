-- An order line without its order, or without a purchased hold of that unit under the order's code; and the reverse,
-- two purchased holds behind one line included.
with lines as (
    select l.sale_id, l.item, l.number, l.order_number, o.code
    from order_items l left join orders o on o.sale_id = l.sale_id and o.order_number = l.order_number
    where $1::int is null or l.sale_id = $1::int
), purchased as (
    select sale_id, item, number, code, max(hold_id) as hold_id, count(*) as count from holds
    where ended_as = 'purchased' and ($1::int is null or sale_id = $1::int)
    group by sale_id, item, number, code
)
select case
        when l.item is null then format('hold %s of unit ITM-%s-%s/%s is purchased and has no order line',
            p.hold_id, p.sale_id, p.item, p.number)
        when l.code is null then format('unit ITM-%s-%s/%s is sold by order %s, which does not exist',
            l.sale_id, l.item, l.number, l.order_number)
        when p.count > 1 then format('unit ITM-%s-%s/%s is sold by order %s, whose code has purchased it %s times',
            l.sale_id, l.item, l.number, l.order_number, p.count)
        else format('unit ITM-%s-%s/%s is sold by order %s, whose code had no hold on it',
            l.sale_id, l.item, l.number, l.order_number)
    end
from lines l
full join purchased p on p.sale_id = l.sale_id and p.item = l.item and p.number = l.number and p.code = l.code
where l.item is null or p.hold_id is null or p.count > 1
