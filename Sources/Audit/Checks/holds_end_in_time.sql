-- An expired hold that ended more than 1.5 s after its time: half a second of grace, and a second to end it.
select format('hold %s of sale %s expired at %s and ended at %s', hold_id, sale_id, expires_at, ended_at)
from holds
where ended_as in ('expired', 'sale_ended') and ended_at > expires_at + interval '1.5 seconds'
    and ($1::int is null or sale_id = $1::int)
