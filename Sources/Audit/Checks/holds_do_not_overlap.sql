-- Two claims on one unit at the same time, of which one at least has ended: a broken promise, even if only one buyer
-- bought. A taken unit is taken for good, as far as anybody knows.
select format('unit ITM-%s-%s/%s was held under %s… until %s and under %s… from %s', sale_id, item, number,
    left(before::text, 8), coalesce(until::text, 'now'), left(code::text, 8), held_at)
from (
    select *, lag(code) over of_unit as before, lag(ended_at) over of_unit as until
    from (
        select sale_id, item, number, code, held_at, null as ended_at from all_units
        where $1::int is null or sale_id = $1::int
        union all
        select sale_id, item, number, code, held_at, ended_at from all_ended_holds
        where $1::int is null or sale_id = $1::int
    ) claims
    window of_unit as (partition by sale_id, item, number order by held_at, ended_at)
) c
where until > held_at or before is not null and until is null and ended_at is not null
