-- A hold that was ended as expired before its time.
select format('hold %s of sale %s was promised until %s and ended as %s at %s', hold_id, sale_id, expires_at, ended_as,
    ended_at)
from holds
where ended_as in ('expired', 'sale_ended') and ended_at < expires_at and ($1::int is null or sale_id = $1::int)
