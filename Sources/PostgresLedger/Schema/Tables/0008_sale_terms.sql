-- More that an operator changes: the stock of each item, the limit of each buyer, and prices.

-- What a change says beyond the terms of the sale. Of a price: the item, its price before (former_minor) and since
-- (price_minor), and the currency.
alter table sale_events add column details jsonb;

-- The counts follow a stock that an operator changes. No taken unit may be left outside of it. Items count their units
-- only while they have several.
create or replace function follow_the_stock() returns trigger language plpgsql as $$
begin
    if (new.item_count < old.item_count or new.stock_per_item < old.stock_per_item) and exists (
        select from units u
        where u.sale_id = new.sale_id and (u.item > new.item_count or u.number > new.stock_per_item)
    ) then
        raise exception 'sale % has taken units outside of % items of %', new.sale_id, new.item_count,
            new.stock_per_item using errcode = 'FS002', constraint = 'sales_stock_has_all_taken';
    end if;
    update stocks
    set free = free + new.item_count * new.stock_per_item - old.item_count * old.stock_per_item
    where sale_id = new.sale_id;
    if old.stock_per_item = 1 and new.stock_per_item > 1 then
        update items i set held = n.held, sold = n.sold
        from (
            select u.item, count(*) filter (where u.order_number is null) as held, count(u.order_number) as sold
            from units u where u.sale_id = new.sale_id group by u.item
        ) n
        where i.sale_id = new.sale_id and i.item = n.item;
    elsif old.stock_per_item > 1 and new.stock_per_item = 1 then
        update items set held = 0, sold = 0, first_free = 1
        where sale_id = new.sale_id and (held, sold, first_free) <> (0, 0, 1);
    end if;
    return null;
end $$;

-- Every buyer has room for what the new limit leaves. Who has more than it allows keeps that, and gets nothing more.
create function follow_the_limit() returns trigger language plpgsql as $$
begin
    update buyers set room = greatest(new.taken_max - held - bought, 0)
    where sale_id = new.sale_id and room <> greatest(new.taken_max - held - bought, 0);
    return null;
end $$;

create trigger sales_limit after update of taken_max on sales for each row when (new.taken_max <> old.taken_max)
execute function follow_the_limit();

-- What is held keeps the price that it had: from now on a held unit may have one of its own. The change has a version
-- and a line in the log as every other.
create function follow_the_price() returns trigger language plpgsql as $$
declare
    v_sale sales;
begin
    update units set price_minor = old.price_minor
    where sale_id = new.sale_id and item = new.item and order_number is null and price_minor is null;
    update sales set version = version + 1 where sale_id = new.sale_id returning * into v_sale;
    insert into sale_events (
        sale_id, version, act, before, after, actor, reason, idempotency_key, changed_at, details
    )
    values (
        new.sale_id, v_sale.version, coalesce(nullif(current_setting('flashsale.act', true), ''), 'sql'),
        sale_terms(v_sale), sale_terms(v_sale),
        coalesce(nullif(current_setting('flashsale.actor', true), ''), session_user),
        coalesce(nullif(current_setting('flashsale.reason', true), ''), 'not told'),
        nullif(current_setting('flashsale.key', true), ''), clock_timestamp(),
        jsonb_build_object('item', new.item, 'former_minor', old.price_minor, 'price_minor', new.price_minor,
            'currency', new.currency)
    );
    return null;
end $$;

create trigger items_price_change after update of price_minor on items
for each row when (new.price_minor <> old.price_minor) execute function follow_the_price();
