-- How often a buyer may keep units from others without paying for them.

-- The most lapses of one buyer in the sale, what the buyer holds included; null for no bound. A lapse is a hold that
-- expired before the sale did, or that the buyer gave back after ten seconds or more.
alter table sales add column lapses_max int;
alter table sales add constraint sales_lapses check (lapses_max > 0);

-- The buyer's lapses, less the items that were bought late after all; and the holds that were given back sooner. They
-- count from the sales that have a bound: for older ones the history says more.
alter table buyers add column lapsed int not null default 0;
alter table buyers add column given_back int not null default 0;
