-- A sale's size, which shows whether a journal is of another sale.
select item_count, stock_per_item
from sales
where sale_id = $1::int
