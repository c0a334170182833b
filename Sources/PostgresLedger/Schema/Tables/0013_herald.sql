-- The herald: orders and changes of sales are told to a webhook, in the order in which they were committed.

-- Changes of sales take their numbers from the orders' sequence. A change has the whole sale for itself, so it follows
-- all orders before it and precedes all after it: a sale has one line of numbers.
alter table sale_events add column event_number bigint;
update sale_events e set event_number = n.event_number
from (
    select x.sale_id, x.version, nextval('orders_order_number_seq') as event_number
    from (select y.sale_id, y.version from sale_events y order by y.sale_id, y.version) x
) n
where n.sale_id = e.sale_id and n.version = e.version;
alter table sale_events alter column event_number set default nextval('orders_order_number_seq');
alter table sale_events alter column event_number set not null;
create index sale_events_in_line on sale_events (sale_id, event_number);

create index orders_in_line on orders (sale_id, order_number);
create index archived_orders_in_line on archived_orders (sale_id, order_number);

-- How far a sale's line has been told. The row of sale 0 says that the herald has begun.
create table webhook_cursors (
    sale_id int not null,
    -- The receiver has taken everything up to this number.
    told bigint not null,
    -- The version of a sale that has left the buyers' tables, when everything of it had been told; null before.
    closed_at_version int,
    constraint webhook_cursors_key primary key (sale_id)
);
