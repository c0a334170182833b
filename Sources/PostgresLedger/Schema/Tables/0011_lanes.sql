-- Lanes: several queues of one sale. A buyer has one lane, so all of a buyer's rows are written in one queue. Only
-- units are claimed from several lanes at once, and their key decides.

-- How many lanes the sale has. The buyer's lane follows from it, so it never changes.
alter table sales add column lane_count smallint not null default 1;
alter table sales add constraint sales_lanes check (lane_count between 1 and 64);

create function refuse_to_change_lanes() returns trigger language plpgsql as $$
begin
    raise exception 'sale % has % lanes, and keeps them: its buyers and codes name them', old.sale_id, old.lane_count
        using errcode = 'FS002', constraint = 'sales_keep_their_lanes';
end $$;

create trigger sales_keep_their_lanes before update of lane_count on sales
for each row when (new.lane_count <> old.lane_count) execute function refuse_to_change_lanes();

-- Each lane has its counts and its sweeper's place. What is free is what no lane has taken: it is not counted.
alter table stocks drop column free;
alter table stocks add column lane int not null default 0;
alter table stocks drop constraint stocks_key;
alter table stocks add constraint stocks_key primary key (sale_id, lane);

-- The changes of one lane commit in the order of their numbers. Of one unit, those of all lanes do: a lane claims a
-- unit only after the lane that gave it back has committed.
alter table unit_changes add column lane int not null default 0;
alter table unit_changes drop constraint unit_changes_key;
alter table unit_changes add constraint unit_changes_key primary key (sale_id, lane, change_id);

-- What a lane has taken of an item, in a sale with several units of each item. With one unit, the row in units says it
-- all. An item of which a lane has taken nothing yet has no row.
create table item_stocks (
    sale_id int not null,
    item int not null,
    lane int not null,
    held unit_count not null default 0,
    sold unit_count not null default 0,
    -- A unit with a lower number is free only if the row of another lane has a lower number still.
    first_free int not null default 1,
    constraint item_stocks_key primary key (sale_id, item, lane)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, vacuum_truncate = off);

insert into item_stocks (sale_id, item, lane, held, sold, first_free)
select i.sale_id, i.item, 0, i.held, i.sold, i.first_free
from items i
where (i.held, i.sold, i.first_free) <> (0, 0, 1);

drop view all_items;
alter table items drop column held, drop column sold, drop column first_free;
alter table archived_items drop column held, drop column sold, drop column first_free;
create view all_items as
select * from items
union all
select * from archived_items a where exists (select from sales s where s.sale_id = a.sale_id);

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
    if old.stock_per_item = 1 and new.stock_per_item > 1 then
        insert into item_stocks (sale_id, item, lane, held, sold)
        select new.sale_id, u.item, lane_of(u.code, new.lane_count), count(*) - count(u.order_number),
            count(u.order_number)
        from units u where u.sale_id = new.sale_id
        group by 2, 3;
    elsif new.stock_per_item = 1 and old.stock_per_item > 1 then
        delete from item_stocks where sale_id = new.sale_id;
    end if;
    return null;
end $$;

-- Whoever changes a sale's terms, by sale_change or by hand: the change gets a version and its line. Where purchases
-- were paused and go on, every live hold ends later by the pause.
create or replace function follow_the_terms() returns trigger language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
    v_pause interval := greatest(v_now - old.purchases_paused_at, interval '0');
begin
    if sale_terms(old) = sale_terms(new) then
        return new;
    end if;
    if old.purchases_paused_at is distinct from new.purchases_paused_at and v_pause is not null then
        update units u set expires_at = u.expires_at + v_pause
        where u.sale_id = new.sale_id and u.order_number is null;
        update unit_changes c set expires_at = v_pause + c.expires_at
        from stocks k
        where k.sale_id = new.sale_id and c.sale_id = new.sale_id and c.lane = k.lane and c.change_id > k.swept;
        update stocks k set next_end = k.next_end + v_pause where k.sale_id = new.sale_id;
    end if;
    new.version := old.version + 1;
    new.ends_from := (
        select max(c.expires_at)
        from stocks k
        cross join lateral (
            select x.expires_at from unit_changes x
            where x.sale_id = k.sale_id and x.lane = k.lane and x.expires_at is not null
            order by x.change_id desc limit 1
        ) c
        where k.sale_id = new.sale_id
    );
    insert into sale_events (sale_id, version, act, before, after, actor, reason, idempotency_key, changed_at)
    values (
        new.sale_id, new.version, coalesce(nullif(current_setting('flashsale.act', true), ''), 'sql'),
        sale_terms(old), sale_terms(new), coalesce(nullif(current_setting('flashsale.actor', true), ''), session_user),
        coalesce(nullif(current_setting('flashsale.reason', true), ''), 'not told'),
        nullif(current_setting('flashsale.key', true), ''), v_now
    );
    return new;
end $$;
