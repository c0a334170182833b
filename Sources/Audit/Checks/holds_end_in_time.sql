-- An expired hold that ended more than 1.5 s after its time: half a second of grace, and a second to end it.
select format('hold of unit ITM-%s-%s/%s under %s… expired at %s and ended at %s', sale_id, item, number,
    left(code::text, 8), expires_at, ended_at)
from all_ended_holds
where ended_as in ('expired', 'sale_ended') and ended_at > expires_at + interval '1.5 seconds'
    and ($1::int is null or sale_id = $1::int)
