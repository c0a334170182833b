-- The ledger's tables, and what must never happen: named constraints forbid it. The functions avoid it, so a constraint
-- that refuses something has found a bug.
--
-- Every table is keyed by the sale first. So a sale can move to its own partition or shard.
--
-- Tables that every checkout or purchase writes have no CHECK. Postgres parses a table's CHECKs anew for each statement
-- that writes it, which cost a third of a checkout. Their walls are keys, a trigger, and the two domains below, which
-- Postgres keeps ready.

-- A count of units: a sale's free units, or those that a buyer holds. It never falls below 0.
create domain unit_count as int constraint unit_count_is_not_negative check (value >= 0);

-- The units that a buyer may still take. The last wall against more than the sale allows.
create domain buyer_room as int constraint buyers_limit check (value >= 0);

-- A sale: a window of time, a stock, and a limit for each buyer. Two sales never overlap.
create table sales (
    sale_id int generated always as identity primary key,
    started_at timestamptz not null,
    -- The first moment at which the sale is over.
    ended_at timestamptz not null,
    item_count int not null,
    stock_per_item int not null,
    -- The most units that one buyer may take, held and bought together.
    taken_max int not null,
    hold_seconds int not null,
    -- The generation of the sale's keys in the gate. A rebuild raises it by compare-and-set, and writes under an older
    -- epoch then have no effect.
    epoch int not null default 1,
    epoch_raised_at timestamptz not null default '-infinity',
    created_at timestamptz not null default clock_timestamp(),
    constraint sales_window check (started_at < ended_at),
    constraint sales_sizes check (item_count > 0 and stock_per_item > 0 and taken_max > 0 and hold_seconds > 0),
    constraint sales_do_not_overlap exclude using gist (tstzrange(started_at, ended_at) with &&)
) with (fillfactor = 50);

-- How the stock of a sale stands, and how far its sweeper has come. Each batch writes this row once.
create table stocks (
    sale_id int not null,
    free unit_count not null,
    held unit_count not null default 0,
    sold unit_count not null default 0,
    -- The sweeper has ended every hold that a change up to this one made.
    swept bigint not null default 0,
    -- The log of changes has none up to this one any more.
    forgotten bigint not null default 0,
    -- When the first of the other holds expires; null if there is none.
    next_end timestamptz,
    constraint stocks_key primary key (sale_id)
) with (fillfactor = 50);

-- An item of a sale. Items count from 1.
create table items (
    sale_id int not null references sales,
    item int not null,
    name text not null,
    price_minor bigint not null,
    currency text not null,
    -- These are kept only in a sale with several units of each item. With one unit, the row in units says it all.
    held unit_count not null default 0,
    sold unit_count not null default 0,
    -- Every unit with a lower number is taken.
    first_free int not null default 1,
    constraint items_price check (price_minor >= 0),
    constraint items_key primary key (sale_id, item)
) with (fillfactor = 80);

-- A unit that is taken: held or sold. Units of an item count from 1, and a unit without a row is free. So a stock of
-- any size costs nothing until it is taken, and the key makes it impossible to take a unit twice.
--
-- A hold is a claim on a unit, under a code, until a time. When it ends without a purchase its row moves to
-- ended_holds.
create table units (
    sale_id int not null,
    item int not null,
    number int not null,
    code uuid not null,
    -- The token of the request that took the unit. The same request, run again, finds its own hold.
    request uuid not null,
    held_at timestamptz not null,
    expires_at timestamptz not null,
    -- The order that has sold the unit, and for how much; null while it is held.
    order_number bigint,
    price_minor bigint,
    constraint units_taken_once primary key (sale_id, item, number)
) with (fillfactor = 60);

create function refuse_to_touch_a_sold_unit() returns trigger language plpgsql as $$
begin
    raise exception 'unit %/% of sale % is sold, and stays so', old.item, old.number, old.sale_id
        using errcode = 'FS002', constraint = 'units_stay_sold';
end $$;

-- What is sold stays sold, unless an operator takes it out of its order.
create trigger units_stay_sold after update or delete on units
for each row when (old.order_number is not null and current_setting('flashsale.refund', true) is distinct from 'on')
execute function refuse_to_touch_a_sold_unit();

create function leave_out_a_free_unit() returns trigger language plpgsql as $$
begin
    return null;
end $$;

-- A free unit has no row. An operator that adds rows for free units adds nothing: the stock is a number of the sale.
create trigger units_are_taken before insert on units
for each row when (new.code is null) execute function leave_out_a_free_unit();

-- A hold that ended without a purchase, and how; or a sold unit that was refunded.
create table ended_holds (
    sale_id int not null,
    item int not null,
    number int not null,
    code uuid not null,
    request uuid not null,
    held_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz not null,
    ended_as text not null,
    -- Of a refunded unit: the order that had sold it, and for how much.
    order_number bigint,
    price_minor bigint,
    constraint ended_holds_as check (ended_as in ('expired', 'cancelled', 'sale_ended', 'refunded')),
    constraint ended_holds_refund check (
        (ended_as = 'refunded') = (order_number is not null) and (ended_as = 'refunded') = (price_minor is not null)
    )
);

-- Almost free, and enough to leave out other sales.
create index ended_holds_by_sale on ended_holds using brin (sale_id);

-- What has become of units, one row for each batch and state. Batches of a sale commit in the order of these numbers.
--
-- The sweeper walks it: all holds of a sale last equally long, so they expire in this order. The drift check reads it
-- to follow the ledger without reading units, and deletes what both have passed.
create type unit_state as enum (
    'held',
    'sold',
    -- Sold, though it was free: the purchase came after the end of its hold.
    'late',
    'free',
    -- As before, but the gate may show another holder than the ledger.
    'doubted'
);

create table unit_changes (
    sale_id int not null,
    change_id bigint generated always as identity,
    state unit_state not null,
    items int[] not null,
    numbers int[] not null,
    -- When the holds expire that this change made; null if it made none.
    expires_at timestamptz,
    constraint unit_changes_key primary key (sale_id, change_id)
);

-- A buyer in a sale.
create table buyers (
    sale_id int not null,
    user_id text not null,
    -- The live holds of the open cart.
    held unit_count not null,
    bought int not null,
    -- With held and bought, this is what the sale allows.
    room buyer_room not null,
    -- The latest cart. It is open while the buyer holds anything.
    code uuid not null,
    constraint buyers_key primary key (sale_id, user_id)
) with (fillfactor = 60);

-- A cart: the units of one buyer under one code.
create table checkouts (
    sale_id int not null,
    code uuid not null,
    user_id text not null,
    -- The units that were taken under the code, in that order, without those that the buyer cancelled.
    items int[] not null,
    numbers int[] not null,
    opened_at timestamptz not null,
    constraint checkouts_key primary key (sale_id, code)
) with (fillfactor = 80);

-- An order: what a purchase sold. A code has one at most.
create table orders (
    sale_id int not null,
    code uuid not null,
    order_number bigint generated always as identity,
    user_id text not null,
    -- The token of the request that made the order, and its Idempotency-Key if it had one. The same request, run or
    -- sent again, gets this order.
    request uuid not null,
    idempotency_key text,
    total_minor bigint not null,
    currency text not null,
    ordered_at timestamptz not null,
    constraint orders_one_per_code primary key (sale_id, code)
);

-- The outcome of each checkout that came with an Idempotency-Key.
create table idempotency_keys (
    sale_id int not null,
    user_id text not null,
    key text not null,
    item int not null,
    number int not null,
    code uuid not null,
    items_count int not null,
    expires_at timestamptz not null,
    constraint idempotency_keys_once primary key (sale_id, user_id, key)
);

-- The outcome of each cancellation. A checkout or a purchase leaves a row with its request's token; a cancellation only
-- takes away, so its token and what it released stand here. The same request, run again, gets the same outcome.
create table cancellations (
    sale_id int not null,
    request uuid not null,
    code uuid not null,
    user_id text not null,
    items int[] not null,
    numbers int[] not null,
    -- The units that the cart still held.
    items_left int not null,
    ages_ms int[] not null,
    constraint cancellations_once primary key (sale_id, request)
);

-- The newest fence of each duty. A write that carries an older one changes nothing.
create table duties (
    duty text primary key,
    fence bigint not null default 0
);

insert into duties (duty) values ('scheduler'), ('sweeper'), ('rebuild'), ('drift_check');

-- Every hold with its end: for the audit, and for people.
create view holds as
select u.sale_id, u.item, u.number, u.code, u.request, u.held_at, u.expires_at, u.order_number,
    o.ordered_at as ended_at, case when u.order_number is not null then 'purchased' end as ended_as
from units u
left join orders o on o.sale_id = u.sale_id and o.code = u.code and o.order_number = u.order_number
union all
select e.sale_id, e.item, e.number, e.code, e.request, e.held_at, e.expires_at, e.order_number, e.ended_at, e.ended_as
from ended_holds e;

-- The lines of orders. To delete one refunds it: its unit is for sale again.
create view order_items as
select u.sale_id, u.item, u.number, u.order_number, u.price_minor from units u where u.order_number is not null;

create function refund_order_item() returns trigger language plpgsql as $$
begin
    perform set_config('flashsale.refund', 'on', true);
    with refunded as (
        delete from units u
        where u.sale_id = old.sale_id and u.item = old.item and u.number = old.number
        returning u.*
    )
    insert into ended_holds
    select r.sale_id, r.item, r.number, r.code, r.request, r.held_at, r.expires_at, clock_timestamp(), 'refunded',
        r.order_number, r.price_minor
    from refunded r;
    perform set_config('flashsale.refund', 'off', true);
    update stocks set sold = sold - 1, free = free + 1 where sale_id = old.sale_id;
    update items i set sold = i.sold - 1, first_free = least(i.first_free, old.number)
    from sales s
    where s.sale_id = old.sale_id and s.stock_per_item > 1 and i.sale_id = old.sale_id and i.item = old.item;
    insert into unit_changes (sale_id, state, items, numbers)
    values (old.sale_id, 'free', array[old.item], array[old.number]);
    return old;
end $$;

create trigger order_items_refund instead of delete on order_items
for each row execute function refund_order_item();

-- The counts follow a stock that an operator changes. No taken unit may be left outside of it.
create function follow_the_stock() returns trigger language plpgsql as $$
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
    end if;
    return null;
end $$;

create trigger sales_stock after update of item_count, stock_per_item on sales
for each row when (
    (new.item_count, new.stock_per_item) is distinct from (old.item_count, old.stock_per_item)
) execute function follow_the_stock();
