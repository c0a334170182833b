-- The sales that are on or to come, with the facts that name their keys in the gate, and whether they have begun.
select sale_id, epoch, item_count, stock_per_item, started_at <= clock_timestamp()
from sales
where ($1::int is null or sale_id = $1::int) and ended_at > clock_timestamp()
order by sale_id
