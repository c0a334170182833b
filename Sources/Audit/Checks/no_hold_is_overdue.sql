-- A hold that is live although its time, the grace of half a second and a second to end it were over, with a quarter to
-- spare, when the transaction began. Its snapshot is from then: what has ended since is still live in it.
select format('hold %s of sale %s on unit ITM-%s-%s/%s expired at %s and is live at %s',
    hold_id, sale_id, sale_id, item, number, expires_at, transaction_timestamp())
from holds
where ended_at is null and expires_at + interval '1.75 seconds' < transaction_timestamp()
    and ($1::int is null or sale_id = $1::int)
