-- A hold that is live although its time, the grace of half a second and a second to end it are over.
select format('hold %s of sale %s on unit %s/%s ended at %s and is live at %s', hold_id, sale_id, item, number,
    expires_at, clock_timestamp())
from holds
where ended_at is null and expires_at + interval '1.75 seconds' < clock_timestamp()
    and ($1::int is null or sale_id = $1::int)
