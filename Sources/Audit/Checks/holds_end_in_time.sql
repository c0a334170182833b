-- An expired hold that was ended later than the grace of half a second and a second to end it after its time.
select format('hold %s of sale %s expired at %s and ended at %s', hold_id, sale_id, expires_at, ended_at)
from holds
where ended_as in ('expired', 'sale_ended') and ended_at > expires_at + interval '1.5 seconds'
    and ($1::int is null or sale_id = $1::int)
