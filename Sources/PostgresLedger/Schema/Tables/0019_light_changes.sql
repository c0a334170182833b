-- What operators change takes no more time than it must: it has the sale's lock, and as long as any statement.

-- Whoever changes a sale's terms, by sale_change or by hand: the change gets a version and its line. Where purchases
-- were paused and go on, every live hold ends later by the pause.
create or replace function follow_the_terms() returns trigger language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
    v_pause interval;
begin
    if sale_terms(old) is not distinct from sale_terms(new) then
        return new;
    end if;
    if old.purchases_paused_at <> coalesce(new.purchases_paused_at, 'infinity') then
        v_pause := greatest(v_now - old.purchases_paused_at, interval '0');
        update units h set expires_at = h.expires_at + v_pause
        where h.sale_id = new.sale_id and h.order_number is null;
        update unit_changes g set expires_at = g.expires_at + v_pause
        from stocks k
        where k.sale_id = new.sale_id and g.sale_id = new.sale_id and g.lane = k.lane and g.change_id > k.swept;
        update stocks k set next_end = (k.next_end + v_pause), last_end = (k.last_end + v_pause)
        where k.sale_id = new.sale_id;
    end if;
    new.version := old.version + 1;
    insert into sale_events (sale_id, version, act, before, after, actor, reason, idempotency_key, changed_at)
    values (
        new.sale_id, new.version, coalesce(nullif(current_setting('flashsale.act', true), ''), 'sql'),
        sale_terms(old), sale_terms(new), coalesce(nullif(current_setting('flashsale.actor', true), ''), session_user),
        coalesce(nullif(current_setting('flashsale.reason', true), ''), 'not told'),
        nullif(current_setting('flashsale.key', true), ''), v_now
    );
    return new;
end $$;

-- The counts follow a stock that an operator changes. No taken unit may be left outside of it. Items count their units
-- only while they have several.
create or replace function follow_the_stock() returns trigger language plpgsql as $$
begin
    if (new.item_count < old.item_count or new.stock_per_item < old.stock_per_item) and exists (
        select from items i
        cross join lateral (
            select from units u
            where u.sale_id = new.sale_id and u.item = i.item
                and u.number > case when i.item > new.item_count then 0 else new.stock_per_item end
            limit 1
        ) u
        where i.sale_id = new.sale_id
    ) then
        raise exception 'sale % has taken units outside of % items of %', new.sale_id, new.item_count,
            new.stock_per_item using errcode = 'FS002', constraint = 'sales_stock_has_all_taken';
    end if;
    if old.stock_per_item = 1 and new.stock_per_item > 1 then
        insert into item_stocks (sale_id, item, lane, held, sold)
        select new.sale_id, u.item, lane_of(u.code, new.lane_count), count(*) - count(u.order_number),
            count(u.order_number)
        from units u where u.sale_id = new.sale_id
        group by 2, 3;
    elsif new.stock_per_item = 1 and old.stock_per_item <> 1 then
        delete from item_stocks where sale_id = new.sale_id;
    end if;
    return null;
end $$;

-- A buyer's room follows the limit whenever the row is written. To write the rows of all buyers at once took the sale's
-- lock for seconds, and with some hundred thousand of them more time than there is.
drop trigger sales_limit on sales;
drop function follow_the_limit();
