-- The ledger's tables. Everything is keyed by sale first, so that a sale can move to a partition or a shard of its own.
-- What must never happen is forbidden here by named constraints; the functions of the next migration only avoid it.

-- A sale: a window of time, a stock, a limit for each buyer. Sales never overlap.
create table sales (
    sale_id int generated always as identity primary key,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    item_count int not null,
    stock_per_item int not null,
    taken_max int not null,
    hold_seconds int not null,
    -- The generation of the gate's keys. A rebuild raises it by compare-and-set, so that writers of an older one stop.
    epoch int not null default 1,
    epoch_raised_at timestamptz not null default '-infinity',
    created_at timestamptz not null default clock_timestamp(),
    constraint sales_window check (started_at < ended_at),
    constraint sales_sizes check (item_count > 0 and stock_per_item > 0 and taken_max > 0 and hold_seconds > 0),
    constraint sales_do_not_overlap exclude using gist (tstzrange(started_at, ended_at) with &&)
) with (fillfactor = 50);

create table items (
    sale_id int not null references sales,
    item int not null,
    name text not null,
    price_minor bigint not null,
    currency text not null,
    constraint items_price check (price_minor >= 0),
    constraint items_key primary key (sale_id, item)
);

-- A hold: a unit under a code until a time. It stays as history, with its end and how it came.
-- Numbers grow under the sale's lock and a sale's holds all last equally long, so holds end in the order of their
-- numbers; the sweeper relies on it.
create table holds (
    sale_id int not null,
    hold_id bigint generated always as identity,
    code uuid not null,
    -- The request that made it: the same request run again finds its own hold.
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

-- A unit: the thing that is held and sold. It is free while it has neither hold nor order, and never has both.
create table units (
    sale_id int not null,
    item int not null,
    number int not null,
    hold_id bigint,
    order_number bigint,
    constraint units_state check (hold_id is null or order_number is null),
    constraint units_key primary key (sale_id, item, number)
) with (fillfactor = 80);

-- "Is there a free one?" must not cost more in a large stock than in a small one.
create index units_free on units (sale_id, item, number) where hold_id is null and order_number is null;

-- A buyer in a sale: what he holds and has bought, and the limit as the last wall against more.
-- `open_code` is his one open cart; its live holds are what `held` counts.
create table buyers (
    sale_id int not null,
    user_id text not null,
    held int not null,
    bought int not null,
    taken_max int not null,
    open_code uuid,
    constraint buyers_limit check (held >= 0 and bought >= 0 and held + bought <= taken_max),
    constraint buyers_open_cart check ((held > 0) = (open_code is not null)),
    constraint buyers_key primary key (sale_id, user_id)
) with (fillfactor = 70);

-- A cart: one buyer's code and the holds made under it, those cancelled taken out again.
create table checkouts (
    sale_id int not null,
    code uuid not null,
    user_id text not null,
    holds bigint[] not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_as text,
    constraint checkouts_end check ((closed_at is null) = (closed_as is null)),
    constraint checkouts_closed_as check (closed_as in ('purchased', 'expired', 'cancelled')),
    constraint checkouts_key primary key (sale_id, code)
) with (fillfactor = 70);

-- An order: at most one for each code.
create table orders (
    sale_id int not null,
    code uuid not null,
    order_number bigint generated always as identity,
    user_id text not null,
    -- The request that made it, and its Idempotency-Key if it had one: run or sent again, it gets this order.
    request uuid not null,
    idempotency_key text,
    total_minor bigint not null,
    currency text not null,
    ordered_at timestamptz not null,
    constraint orders_one_per_code primary key (sale_id, code)
);

-- A sold unit. The primary key is what makes a second sale of it impossible.
create table order_items (
    sale_id int not null,
    item int not null,
    number int not null,
    order_number bigint not null,
    price_minor bigint not null,
    constraint order_items_sold_once primary key (sale_id, item, number)
);

-- The stored answers of checkouts that came with an Idempotency-Key.
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

-- How far the sweeper has come: every hold up to this number has ended.
create table sweeps (
    sale_id int primary key,
    hold_id bigint not null default 0
) with (fillfactor = 50);

-- The fencing numbers of the duties. A write that carries an older one than stands here changes nothing.
create table duties (
    duty text primary key,
    fence bigint not null default 0
);

insert into duties (duty) values ('scheduler'), ('sweeper'), ('rebuild'), ('drift_check');
