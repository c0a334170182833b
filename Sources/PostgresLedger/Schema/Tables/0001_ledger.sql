-- The ledger's tables, and what must never happen: named constraints forbid it. The functions avoid it, so a constraint
-- that refuses something has found a bug.
--
-- Every table is keyed by the sale first. So a sale can move to its own partition or shard.

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

-- An item of a sale. Items count from 1.
create table items (
    sale_id int not null references sales,
    item int not null,
    name text not null,
    price_minor bigint not null,
    currency text not null,
    constraint items_price check (price_minor >= 0),
    constraint items_key primary key (sale_id, item)
);

-- A unit: one piece of an item. Units of an item count from 1. A unit is free while it has neither a hold nor an order,
-- and it never has both.
create table units (
    sale_id int not null,
    item int not null,
    number int not null,
    hold_id bigint,
    order_number bigint,
    constraint units_state check (hold_id is null or order_number is null),
    constraint units_key primary key (sale_id, item, number)
) with (fillfactor = 80);

-- Finds a free unit at the same cost in a large stock as in a small one.
create index units_free on units (sale_id, item, number) where hold_id is null and order_number is null;

-- A hold: a claim on a unit, under a code, until a time. It stays as history, with its end and how it ended.
--
-- Hold numbers grow under the sale's lock, and all holds of a sale last equally long. So holds expire in the order of
-- their numbers, and the sweeper relies on it.
create table holds (
    sale_id int not null,
    hold_id bigint generated always as identity,
    code uuid not null,
    -- The token of the request that made the hold. The same request, run again, finds its own hold.
    request uuid not null,
    item int not null,
    number int not null,
    held_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_as text,
    constraint holds_end check ((ended_at is null) = (ended_as is null)),
    constraint holds_ended_as check (ended_as in ('purchased', 'expired', 'cancelled', 'sale_ended')),
    constraint holds_key primary key (sale_id, hold_id)
) with (fillfactor = 80);

-- A buyer in a sale. `buyers_limit` is the last wall against more units than the sale allows.
create table buyers (
    sale_id int not null,
    user_id text not null,
    -- The live holds of the open cart.
    held int not null,
    bought int not null,
    -- The sale's limit, copied here so that a check can see it.
    taken_max int not null,
    -- The buyer's one open cart.
    open_code uuid,
    constraint buyers_limit check (held >= 0 and bought >= 0 and held + bought <= taken_max),
    constraint buyers_open_cart check ((held > 0) = (open_code is not null)),
    constraint buyers_key primary key (sale_id, user_id)
) with (fillfactor = 70);

-- A cart: the holds of one buyer under one code. A cart closes when it is purchased, or when its last hold ends.
create table checkouts (
    sale_id int not null,
    code uuid not null,
    user_id text not null,
    -- The holds made under the code, without those that the buyer cancelled.
    holds bigint[] not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_as text,
    constraint checkouts_end check ((closed_at is null) = (closed_as is null)),
    constraint checkouts_closed_as check (closed_as in ('purchased', 'expired', 'cancelled')),
    constraint checkouts_key primary key (sale_id, code)
) with (fillfactor = 70);

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

-- A sold unit. The primary key makes a second sale of it impossible.
create table order_items (
    sale_id int not null,
    item int not null,
    number int not null,
    order_number bigint not null,
    price_minor bigint not null,
    constraint order_items_sold_once primary key (sale_id, item, number)
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

-- `doubted` says that units have not changed, but that the gate may show another holder than the ledger. This is a type
-- because each batch would pay for a CHECK as much as for the row.
create type unit_change as enum ('held', 'sold', 'free', 'doubted');

-- What has happened to units, for the drift check: a row for each batch and each kind of change. A batch writes it in
-- its own transaction, under the sale's lock, so the changes of a sale are committed in the order of their numbers. The
-- drift check deletes what it has read, so the table stays small.
create table unit_changes (
    sale_id int not null,
    change_id bigint generated always as identity,
    kind unit_change not null,
    items int[] not null,
    numbers int[] not null,
    constraint unit_changes_key primary key (sale_id, change_id)
);

-- How far the sweeper has come in a sale: every hold up to this number has ended.
create table sweeps (
    sale_id int primary key,
    hold_id bigint not null default 0
) with (fillfactor = 50);

-- The newest fence of each duty. A write that carries an older one changes nothing.
create table duties (
    duty text primary key,
    fence bigint not null default 0
);

insert into duties (duty) values ('scheduler'), ('sweeper'), ('rebuild'), ('drift_check');
