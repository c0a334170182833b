-- Two holds on one unit at the same time: a broken promise, even if only one buyer bought.
select format('unit ITM-%s-%s/%s was held by hold %s until %s and by hold %s from %s', sale_id, item, number,
    before, coalesce(until::text, 'now'), hold_id, held_at)
from (
    select sale_id, item, number, hold_id, held_at,
        lag(hold_id) over of_unit as before, lag(ended_at) over of_unit as until
    from holds
    where $1::int is null or sale_id = $1::int
    window of_unit as (partition by sale_id, item, number order by held_at, hold_id)
) h
where before is not null and (until is null or until > held_at)
