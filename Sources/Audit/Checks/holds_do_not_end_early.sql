-- A hold that was ended as expired before its time.
select format('hold of unit ITM-%s-%s/%s under %s… was promised until %s and ended as %s at %s',
    sale_id, item, number, left(code::text, 8), expires_at, ended_as, ended_at)
from all_ended_holds
where ended_as in ('expired', 'sale_ended') and ended_at < expires_at and ($1::int is null or sale_id = $1::int)
