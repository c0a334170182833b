-- The sales that are on, with what the gate's keys depend on.
select sale_id, epoch, item_count, stock_per_item from sales
where ($1::int is null or sale_id = $1::int) and clock_timestamp() between started_at and ended_at
