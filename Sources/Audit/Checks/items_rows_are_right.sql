-- An item whose rows differ from its taken units, lane by lane, or below whose first free unit one is free. Items of
-- one unit count none, nor do those of a sale that left before counts stayed.
with counts as (
    select k.sale_id, k.item, k.lane, k.held, k.sold,
        min(k.first_free) over (partition by k.sale_id, k.item) as first_free
    from item_stocks k
    join sales s on s.sale_id = k.sale_id
    where $1::int is null or k.sale_id = $1::int
), taken as (
    select u.sale_id, u.item, case when s.lane_count > 1 then get_byte(uuid_send(u.code), 0) else 0 end as lane,
        count(*) - count(u.order_number) as held, count(u.order_number) as sold
    from all_units u
    join sales s on s.sale_id = u.sale_id and s.stock_per_item > 1
    join all_items i on i.sale_id = u.sale_id and i.item = u.item
    where ($1::int is null or u.sale_id = $1::int)
        and (s.retired_at is null or (u.sale_id, u.item) in (select k.sale_id, k.item from item_stocks k))
    group by 1, 2, 3
)
select format(
    'item ITM-%s-%s, lane %s: its row says %s held, %s sold, the first free is %s; units say %s, %s, %s below it',
    coalesce(i.sale_id, t.sale_id), coalesce(i.item, t.item), coalesce(i.lane, t.lane), i.held, i.sold, i.first_free,
    coalesce(t.held, 0), coalesce(t.sold, 0), b.count)
from counts i
full join taken t on t.sale_id = i.sale_id and t.item = i.item and t.lane = i.lane
left join lateral (
    select count(*)
    from (
        select number from units u where u.sale_id = i.sale_id and u.item = i.item
        union all
        select number from archived_units u where u.sale_id = i.sale_id and u.item = i.item
    ) u
    where u.number < i.first_free
) b on true
where coalesce(i.held, 0) <> coalesce(t.held, 0) or coalesce(i.sold, 0) <> coalesce(t.sold, 0)
    or i.first_free <> b.count + 1
