-- A worked example: one table of orders, partitioned by a hash of the buyer over two servers. It is good for reports;
-- the README beside it says what it cannot do, and why the ledger is not built like this. A test runs it.
--
-- Before, on each of two servers that hub.sql does not know otherwise:
--
--     create table orders_part (
--         ledger text not null, order_number bigint not null, user_id text not null, total_minor bigint not null);
--
-- The names `east` and `west` are servers of postgres_fdw, made as reporting.statements makes them, with
-- updatable 'true'.
create table all_orders (
    ledger text not null,
    order_number bigint not null,
    user_id text not null,
    total_minor bigint not null
) partition by hash (user_id);

create foreign table all_orders_east partition of all_orders for values with (modulus 2, remainder 0)
server east options (table_name 'orders_part');

create foreign table all_orders_west partition of all_orders for values with (modulus 2, remainder 1)
server west options (table_name 'orders_part');
