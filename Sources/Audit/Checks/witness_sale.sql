-- A sale's size, which shows whether a journal is of another sale, and its buyers' limit.
select item_count, stock_per_item, taken_max
from sales
where sale_id = $1::int
