-- What a clock, a slip in SQL or the service's own role could get around.

-- When the last of the holds expires that the lane's sweeper has not passed; null if there is none. The sweeper takes
-- holds in the order in which they were made, so none that is made meanwhile ends before this. The clock may have been
-- set back, or an operator may have changed the sale's end or the time of holds.
--
-- `sales.ends_from` noted the same at each change of a sale's terms. The functions of the release before read it until
-- they are replaced, so it stays for now; nobody writes it any more.
alter table stocks add column last_end timestamptz;
update stocks k set last_end = (
    select max(c.expires_at) from unit_changes c
    where c.sale_id = k.sale_id and c.lane = k.lane and c.change_id > k.swept
)
where k.next_end is not null;

-- Whoever changes a sale's terms, by sale_change or by hand: the change gets a version and its line. Where purchases
-- were paused and go on, every live hold ends later by the pause.
create or replace function follow_the_terms() returns trigger language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
    v_pause interval := greatest(v_now - old.purchases_paused_at, interval '0');
begin
    if sale_terms(new) is not distinct from sale_terms(old) then
        return new;
    end if;
    if old.purchases_paused_at is distinct from new.purchases_paused_at and v_pause is not null then
        update units u set expires_at = v_pause + u.expires_at
        where u.sale_id = new.sale_id and u.order_number is null;
        update unit_changes x set expires_at = x.expires_at + v_pause
        from stocks k
        where k.sale_id = new.sale_id and x.sale_id = new.sale_id and x.lane = k.lane and x.change_id > k.swept;
        update stocks k set next_end = v_pause + k.next_end, last_end = v_pause + k.last_end
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

-- The highest price is that of the API, so that no total overflows. One that was beyond it before stays, and the audit
-- names it: a check of all rows would refuse the upgrade.
alter table items drop constraint items_price;
alter table items add constraint items_price check (price_minor between 0 and 1000000000000) not valid;

-- Sales count from 1, in a pod from its first number. A program knows no sale 0.
alter table sales add constraint sales_number check (sale_id > 0);

-- A setting is anybody's to set. So what is sold is taken out of its order by whoever may be the owner of the table:
-- the service's role is so in refunds and in retention alone.
create or replace function refuse_to_touch_a_sold_unit() returns trigger language plpgsql as $$
begin
    if current_setting('flashsale.refund', true) = 'on'
        and pg_has_role(current_user, (select c.relowner from pg_class c where c.oid = tg_relid), 'member')
    then
        return null;
    end if;
    raise exception 'unit %/% of sale % is sold, and stays so', old.item, old.number, old.sale_id
        using errcode = 'FS002', constraint = 'units_stay_sold';
end $$;

create or replace trigger units_stay_sold after update or delete on units
for each row when (old.order_number is not null) execute function refuse_to_touch_a_sold_unit();
