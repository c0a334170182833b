-- What is looked up again and again is found by an index, whatever the statistics say, and however many sales there
-- were.

-- No look-up of a single order may take these: where `orders` was analyzed while it was empty, Postgres takes any index
-- that begins with the sale, and reads all of the sale's orders for each purchase.
drop index orders_in_line;
create index orders_in_line on orders ((sale_id + 0), order_number);
drop index archived_orders_in_line;
create index archived_orders_in_line on archived_orders ((sale_id + 0), order_number);

create index sales_by_end on sales (ended_at);
create index sales_to_archive on sales (ended_at) where archived_at is null;

-- The herald reads the sales that are not retired, and of the others those whose row says that they are not closed.
create index webhook_cursors_open on webhook_cursors (sale_id) where closed_at_version is null;
insert into webhook_cursors (sale_id, told)
select s.sale_id, 0 from sales s
where s.retired_at is not null and exists (select from webhook_cursors c where c.sale_id = 0)
on conflict (sale_id) do nothing;

create function reopen_line() returns trigger language plpgsql as $$
begin
    update webhook_cursors c set closed_at_version = null
    where c.sale_id = new.sale_id and c.closed_at_version is not null;
    return null;
end $$;
create trigger sale_events_reopen_lines after insert on sale_events
    for each row execute function reopen_line();

-- A row that no program can read would take the agenda of all shops with it. Those that were there before stay.
alter table sales add constraint sales_can_be_read check (
    item_count::bigint * stock_per_item <= 10000000
    and started_at >= '1970-01-01 00:00+00' and ended_at < '10000-01-01 00:00+00'
) not valid;
alter table shop_placements add constraint shop_placements_shop check (
    shop ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
) not valid;
