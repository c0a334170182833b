-- What a ledger shows to reports: views without codes, requests and keys, of sales that are on and of archived ones.
--
--     psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f ledger.sql
--
-- Run it in each ledger, as the owner of the tables, after `flashsale migrate`, and again whenever a migration asks for
-- it. Days are days of UTC, as a ledger groups by them. A superuser makes the role that reads, once for a server:
--
--     create role flashsale_reports login password '…';
--
-- The role sees these views and nothing else: whoever knows a code can buy or give back its cart.
begin;

drop schema if exists reports cascade;
create schema reports;

create view reports.sales as
select sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, created_at from public.sales;

create view reports.items as
select sale_id, item, name, price_minor, currency from public.all_items;

create view reports.orders as
select sale_id, order_number, user_id, total_minor, currency, ordered_at, (ordered_at at time zone 'UTC')::date as day
from public.all_orders;

-- Units that are taken: lines of an order, or held if they have none.
create view reports.units as
select sale_id, item, number, order_number, price_minor, held_at from public.all_units;

-- Holds that came to nothing, and sold units that were refunded.
create view reports.ended_holds as
select sale_id, item, number, held_at, expires_at, ended_at, ended_as, (ended_at at time zone 'UTC')::date as day
from public.all_ended_holds;

grant usage on schema reports to flashsale_reports;
grant select on all tables in schema reports to flashsale_reports;

commit;
