-- A hold that was live 1.75 s after its time when the transaction began: half a second of grace, a second to end it,
-- and a quarter to spare. The snapshot is from then: a hold that has ended since is still live in it.
select format('hold of unit ITM-%s-%s/%s under %s… expired at %s and is live at %s', sale_id, item, number,
    left(code::text, 8), expires_at, transaction_timestamp())
from units
where order_number is null and expires_at + interval '1.75 seconds' < transaction_timestamp()
    and ($1::int is null or sale_id = $1::int)
