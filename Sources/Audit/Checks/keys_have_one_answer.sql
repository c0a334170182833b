-- A stored answer of an idempotency key without a hold, or with more items than its cart ever had, or two under one
-- key. A pause of purchases lets the hold end later than the answer says.
select format('key of buyer %s in sale %s answers with unit %s/%s, of which its code had no hold', k.user_id, k.sale_id,
    k.item, k.number)
from idempotency_keys k
left join all_checkouts c on c.sale_id = k.sale_id and c.code = k.code and c.user_id = k.user_id
left join holds h on h.sale_id = k.sale_id and h.code = k.code and h.item = k.item and h.number = k.number
    and h.expires_at >= k.expires_at
where (c.code is null or h.code is null) and ($1::int is null or k.sale_id = $1::int)
union all
select format('key of buyer %s in sale %s answers with a cart of %s, which had %s holds', k.user_id, k.sale_id,
    k.items_count, h.count)
from idempotency_keys k
join (
    select sale_id, code, count(*) from holds where $1::int is null or sale_id = $1::int group by sale_id, code
) h on h.sale_id = k.sale_id and h.code = k.code
where k.items_count not between 1 and h.count and ($1::int is null or k.sale_id = $1::int)
union all
select format('buyer %s of sale %s has %s answers to one key', user_id, sale_id, count(*))
from idempotency_keys
where $1::int is null or sale_id = $1::int
group by sale_id, user_id, key
having count(*) > 1
