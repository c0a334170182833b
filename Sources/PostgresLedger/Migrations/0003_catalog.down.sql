-- Takes the catalog back.
drop function buyers_snapshot, stock_snapshot, stock_count, items_page, agenda, stock_sale, create_sale;
drop view sale_rows;
