-- A hold that was live 1.75 s after its time when the transaction began: half a second of grace, a second to end it,
-- and a quarter to spare. The snapshot is from then: a hold that has ended since is still live in it.
select format('hold %s of sale %s on unit ITM-%s-%s/%s expired at %s and is live at %s',
    hold_id, sale_id, sale_id, item, number, expires_at, transaction_timestamp())
from holds
where ended_at is null and expires_at + interval '1.75 seconds' < transaction_timestamp()
    and ($1::int is null or sale_id = $1::int)
