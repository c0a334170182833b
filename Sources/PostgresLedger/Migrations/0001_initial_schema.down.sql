-- Takes the tables back.
drop table duties, sweeps, idempotency_keys, order_items, orders, checkouts, buyers, units, holds, items, sales;
