-- A sale's size, by which a journal is known to be of another.
select item_count, stock_per_item
from sales
where sale_id = $1::int
