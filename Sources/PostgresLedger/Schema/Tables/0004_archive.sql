-- Where ended sales go. Their rows leave the tables that buyers write, and what was promised is kept here: items,
-- units, holds, carts and orders. A sale's own row and its stock stay, a few hundred bytes.
--
-- An archive has the columns of its table, in their order. A column that a table gets, its archive and its view get.

-- When the sale's rows began to leave, and when the last one had left. From the first of the two on, the ledger's
-- functions write no row of the sale, and nobody can extend it.
alter table sales add column retired_at timestamptz;
alter table sales add column archived_at timestamptz;
alter table sales add constraint sales_that_leave_are_over check (
    coalesce(ended_at <= retired_at, true) and (archived_at is null or coalesce(retired_at <= archived_at, false))
);

create table archived_items (like items);
alter table archived_items add constraint archived_items_key primary key (sale_id, item);
create table archived_units (like units);
alter table archived_units add constraint archived_units_once primary key (sale_id, item, number);
create table archived_holds (like ended_holds);
create index archived_holds_by_sale on archived_holds (sale_id);
create table archived_checkouts (like checkouts);
alter table archived_checkouts add constraint archived_checkouts_key primary key (sale_id, code);
create table archived_orders (like orders);
alter table archived_orders add constraint archived_orders_one_per_code primary key (sale_id, code);

-- Rows of many sales share pages when those of older ones have left. A block range then says nothing of its sales.
drop index ended_holds_by_sale;
create index ended_holds_by_sale on ended_holds (sale_id);

-- Each sale that leaves is dead rows, and a vacuum makes them room for the next. It gives no room back to the disk:
-- for that it would lock the table, and buyers would wait.
alter table items set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table units set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table ended_holds set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table unit_changes set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table buyers set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table checkouts set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table orders set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table idempotency_keys set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);
alter table cancellations set (autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);

-- The sales that are forgotten, as long as the archive has rows of them. Those rows count no more: with the sale's own
-- row all of it is gone at once, and they follow in steps.
create table forgotten_sales (
    sale_id int not null,
    constraint forgotten_sales_key primary key (sale_id)
);

-- What there is, and what there was: for the audit, for orders of any age, and for people.
create view all_items as
select * from items
union all
select * from archived_items a where exists (select from sales s where s.sale_id = a.sale_id);
create view all_units as
select * from units
union all
select * from archived_units a where exists (select from sales s where s.sale_id = a.sale_id);
create view all_ended_holds as
select * from ended_holds
union all
select * from archived_holds a where exists (select from sales s where s.sale_id = a.sale_id);
create view all_checkouts as
select * from checkouts
union all
select * from archived_checkouts a where exists (select from sales s where s.sale_id = a.sale_id);
create view all_orders as
select * from orders
union all
select * from archived_orders a where exists (select from sales s where s.sale_id = a.sale_id);

create or replace view holds as
select u.sale_id, u.item, u.number, u.code, u.request, u.held_at, u.expires_at, u.order_number,
    o.ordered_at as ended_at, case when u.order_number is not null then 'purchased' end as ended_as
from all_units u
left join all_orders o on o.sale_id = u.sale_id and o.code = u.code and o.order_number = u.order_number
union all
select e.sale_id, e.item, e.number, e.code, e.request, e.held_at, e.expires_at, e.order_number, e.ended_at, e.ended_as
from all_ended_holds e;
