-- Refunds: a line stays in its order as refunded, and its unit is for sale again.

-- Only refunded units are in these indexes: an order finds its refunded lines by them.
create index ended_holds_refunded on ended_holds (sale_id, order_number) where order_number is not null;
create index archived_holds_refunded on archived_holds (sale_id, order_number) where order_number is not null;

-- The lines of orders of any age that are sold still. To delete one refunds it.
create or replace view order_items as
select u.sale_id, u.item, u.number, u.order_number, u.price_minor from all_units u where u.order_number is not null;

create or replace function refund_order_item() returns trigger language plpgsql as $$
begin
    perform refund_units(old.sale_id, old.order_number, array[old.item], array[old.number]);
    return old;
end $$;
