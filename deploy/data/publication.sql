-- What leaves the ledger as change data: the facts of sales, items, orders and units. A unit with an order is a line of
-- that order; one without is held.
--
--     psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f publication.sql
--
-- Run it once, as the owner of the tables, after `flashsale migrate`. The server needs wal_level = logical, and this
-- role, which a superuser makes:
--
--     create role flashsale_cdc login replication password '…';
--
-- Codes stay inside: whoever knows one can give its cart back. So each table has a list of columns, and only pgoutput
-- honours it: never read the ledger with test_decoding, wal2json or decoderbufs. An order is never changed. With this
-- publication Postgres refuses to, for the list lacks a column of its key.
--
-- Deletions stay inside too: a hold that ends and a sale that moves to the archive leave the last news as it was.
begin;

create publication flashsale_facts for table
    sales (sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, created_at),
    items (sale_id, item, name, price_minor, currency),
    orders (sale_id, order_number, user_id, total_minor, currency, ordered_at),
    units (sale_id, item, number, order_number, price_minor)
with (publish = 'insert, update');

-- The first snapshot reads the same columns.
grant select (sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, created_at) on sales
to flashsale_cdc;
grant select (sale_id, item, name, price_minor, currency) on items to flashsale_cdc;
grant select (sale_id, order_number, user_id, total_minor, currency, ordered_at) on orders to flashsale_cdc;
grant select (sale_id, item, number, order_number, price_minor) on units to flashsale_cdc;

commit;
