-- A hold that was live 1.75 s after its time when the transaction began: half a second of grace, a second to end it,
-- and a quarter to spare. The snapshot is from then: a hold that has ended since is still live in it. While purchases
-- are paused, the time of holds stands still.
select format('hold of unit ITM-%s-%s/%s under %s… expired at %s and is live at %s', u.sale_id, u.item, u.number,
    left(u.code::text, 8), u.expires_at, transaction_timestamp())
from units u
left join sales s on s.sale_id = u.sale_id
where u.order_number is null
    and u.expires_at + interval '1.75 seconds' < least(transaction_timestamp(), s.purchases_paused_at)
    and ($1::int is null or u.sale_id = $1::int)
