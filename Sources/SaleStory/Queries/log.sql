-- Who changed a sale ($1), when, how and why, oldest first; at most a thousand changes.
select e.version, e.changed_at, e.act, e.actor, e.reason
from sale_events e
where e.sale_id = $1
order by e.version
limit 1000
