-- The ledger's writes. A batch of concurrent requests of one kind is one call of one function.
--
-- Every function that writes takes the sale's transaction lock first and reads the clock after it. Statements then see
-- all that was committed before, and no other batch of the sale runs beside them: no deadlock, no retry, no lost
-- update. What a row asks can only decide its own outcome. Where two rows of one batch get into each other's way, the
-- later one comes back as 'again' and is decided in the next batch, so that no buyer is refused for a state that never
-- was.
--
-- A sale is minutes old when its rush comes, so no plan may hang on statistics: rows are looked up by their whole key
-- in LATERAL subqueries with a LIMIT, which the planner cannot turn into another join, and updated by their place
-- (ctid), which stands still under the sale's lock. The planner settings leave it nothing else to choose; they stand at
-- the functions that are called from outside, and hold for those that these call.

create function lock_sale(p_sale int) returns timestamptz language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock(1, p_sale);
    return clock_timestamp();
end $$;

create function hold_grace() returns interval language sql immutable as $$ select interval '500 milliseconds' $$;

-- How old a hold was when it ended; not negative where the clock was set back, and no more than fits (24 days).
create function age_ms(p_held_at timestamptz, p_ended_at timestamptz) returns int language sql immutable as $$
    select least(greatest(date_part('epoch', p_ended_at - p_held_at) * 1000, 0), 2147483647)::int
$$;

-- The holds of some numbers, and where they stand. One look-up for each: `= any` leaves the planner a choice, and over
-- a table that was empty when it made up its mind it reads every hold of the sale.
create function holds_at(p_sale int, p_holds bigint[])
returns table (
    place tid, hold_id bigint, code uuid, request uuid, item int, number int, held_at timestamptz,
    expires_at timestamptz, ended_at timestamptz, ended_as text
)
language sql stable as $$
    select x.*
    from unnest(p_holds) as asked (hold_id)
    cross join lateral (
        select h.ctid, h.hold_id, h.code, h.request, h.item, h.number, h.held_at, h.expires_at, h.ended_at, h.ended_as
        from holds h where h.sale_id = p_sale and h.hold_id = asked.hold_id limit 1
    ) x
$$;

create type ended_hold as (item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int);

-- Ends the given live holds and frees their units. The caller holds the sale's lock.
create function end_holds(p_sale int, p_holds bigint[], p_now timestamptz, p_how text)
returns setof ended_hold language plpgsql volatile as $$
declare
    v_sale_end timestamptz := (select s.ended_at from sales s where s.sale_id = p_sale);
    v_ended ended_hold[];
begin
    with ended as (
        update holds h
        set ended_at = p_now,
            ended_as = case when p_how = 'expired' and h.expires_at >= v_sale_end then 'sale_ended' else p_how end
        from holds_at(p_sale, p_holds) f
        where h.ctid = f.place and f.ended_at is null
        returning h.hold_id, h.item, h.number, h.code, h.held_at, h.expires_at
    ), freed as (
        update units u set hold_id = null
        from ended e
        cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = e.item and x.number = e.number and x.hold_id = e.hold_id limit 1
        ) f
        where u.ctid = f.place
    )
    select array_agg(
        row(e.item, e.number, e.code, c.user_id, e.expires_at, age_ms(e.held_at, p_now))::ended_hold)
    into v_ended
    from ended e
    cross join lateral (
        select x.user_id from checkouts x where x.sale_id = p_sale and x.code = e.code limit 1
    ) c;

    -- Only the open cart has live holds, so a buyer whose last hold ends has no open cart any more.
    with lowered as (
        update buyers b
        set held = b.held - e.count,
            open_code = case when b.held > e.count then b.open_code end
        from (
            select x.user_id, min(x.code::text)::uuid as code, count(*) as count
            from unnest(v_ended) x group by x.user_id
        ) e
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = e.user_id limit 1
        ) f
        where b.ctid = f.place
        returning e.code, b.held
    )
    update checkouts c
    set closed_at = p_now, closed_as = case when p_how = 'cancelled' then 'cancelled' else 'expired' end
    from lowered l
    cross join lateral (
        select x.ctid as place from checkouts x where x.sale_id = p_sale and x.code = l.code limit 1
    ) f
    where c.ctid = f.place and l.held = 0;

    return query select x.* from unnest(v_ended) x;
end $$;

-- Ends holds that are past their time and grace, oldest first, looking at no more than p_limit holds.
-- The caller holds the sale's lock.
create function end_due_holds(p_sale int, p_now timestamptz, p_limit int)
returns setof ended_hold language plpgsql volatile as $$
declare
    v_start bigint;
    v_cursor bigint;
    v_hold record;
    v_due bigint[] := '{}';
begin
    select hold_id into v_start from sweeps where sale_id = p_sale;
    -- Holds end in the order of their numbers: if the first live one is not due, none is.
    if exists (
        select from (
            select h.ended_at, h.expires_at from holds h
            where h.sale_id = p_sale and h.hold_id > v_start
            order by h.hold_id limit 1
        ) first
        where first.ended_at is null and first.expires_at + hold_grace() > p_now
    ) then
        return;
    end if;
    v_cursor := v_start;
    for v_hold in
        select h.hold_id, h.ended_at, h.expires_at from holds h
        where h.sale_id = p_sale and h.hold_id > v_start
        order by h.hold_id limit p_limit
    loop
        exit when v_hold.ended_at is null and v_hold.expires_at + hold_grace() > p_now;
        if v_hold.ended_at is null then
            v_due := v_due || v_hold.hold_id;
        end if;
        v_cursor := v_hold.hold_id;
    end loop;
    if v_cursor > v_start then
        update sweeps set hold_id = v_cursor where sale_id = p_sale;
    end if;
    if cardinality(v_due) > 0 then
        return query select * from end_holds(p_sale, v_due, p_now, 'expired');
    end if;
end $$;

-- record: holds units for buyers.
--
-- For each place of the arrays: the request, the buyer, the item, the unit the gate chose (null: any), the code for a
-- cart to be opened, the idempotency key (null: none). Outcomes: held (also where this very request was run before),
-- replayed and reused (the key has its answer, or another item's), inactive, already, limit, none, again. Rows at place
-- 0 tell of holds that ended on the way ('ended').
--
-- Of one buyer's rows only the first may win; what else is not decided by what stands written comes back as 'again'.
create function ledger_record(
    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[], p_key text[]
)
returns table (
    place int, outcome text, item int, number int, code uuid, user_id text, items_count int, expires_at timestamptz,
    age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_sale(p_sale);
    v_sale sales;
    v_active boolean;
    v_expires_at timestamptz;
    -- For each place: what is to become of it, and for a held one the unit's row and what the buyer had before.
    v_outcome text[];
    v_number int[];
    v_code uuid[];
    v_items_count int[];
    v_ends timestamptz[];
    v_hold bigint[];
    v_unit tid[];
    v_is_known boolean[];
    v_has_cart boolean[];
    v_won int;
    v_taken int;
    v_spare record;
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    v_active := found and v_now >= v_sale.started_at and v_now < v_sale.ended_at;
    v_expires_at := least(v_now + v_sale.hold_seconds * interval '1 second', v_sale.ended_at);

    return query
    select 0, 'ended', e.item, e.number, e.code, e.user_id, 0, e.expires_at, e.age_ms
    from end_due_holds(p_sale, v_now, 1000) e;

    select
        array_agg(a.outcome order by a.place),
        array_agg(case a.outcome when 'replayed' then a.key_number when 'same' then a.held_number else a.number end
            order by a.place),
        array_agg(case when a.outcome = 'replayed' then a.key_code else coalesce(a.open_code, a.candidate) end
            order by a.place),
        array_agg(case a.outcome when 'replayed' then a.key_items_count when 'same' then a.held else a.held + 1 end
            order by a.place),
        array_agg(case a.outcome when 'replayed' then a.key_expires_at when 'same' then a.held_until
            else v_expires_at end order by a.place),
        array_agg(case when a.outcome in ('held', 'spare') then nextval('holds_hold_id_seq') end order by a.place),
        array_agg(a.unit order by a.place), array_agg(a.is_known order by a.place),
        array_agg(a.open_code is not null order by a.place)
    into v_outcome, v_number, v_code, v_items_count, v_ends, v_hold, v_unit, v_is_known, v_has_cart
    from (
        -- Each row beside what the ledger knows of its key, its buyer, his open cart and the gate's unit.
        select r.place, r.number, r.candidate,
            k.number as key_number, k.code as key_code, k.items_count as key_items_count,
            k.expires_at as key_expires_at,
            b.user_id is not null as is_known, b.open_code, coalesce(b.held, 0) as held,
            d.number as held_number, d.expires_at as held_until, u.unit,
            case
                when d.request = r.request then 'same'
                when k.item = r.item then 'replayed'
                when k.item is not null then 'reused'
                when not v_active then 'inactive'
                when d.request is not null then 'already'
                when b.held + b.bought >= v_sale.taken_max then 'limit'
                when r.buyer_rank > 1 then 'again'
                when u.unit is not null and r.unit_rank = 1 then 'held'
                else 'spare'
            end as outcome
        from (
            select x.*, row_number() over (partition by x.user_id order by x.place) as buyer_rank,
                row_number() over (partition by x.item, x.number order by x.place) as unit_rank
            from unnest(p_request, p_user, p_item, p_number, p_candidate, p_key)
                with ordinality as x (request, user_id, item, number, candidate, key, place)
        ) r
        left join lateral (
            select x.* from idempotency_keys x
            where x.sale_id = p_sale and x.user_id = r.user_id and x.key = r.key limit 1
        ) k on true
        left join lateral (
            select x.* from buyers x where x.sale_id = p_sale and x.user_id = r.user_id limit 1
        ) b on true
        left join lateral (
            select x.holds from checkouts x where x.sale_id = p_sale and x.code = b.open_code limit 1
        ) c on true
        left join lateral (
            select x.request, x.number, x.expires_at from holds_at(p_sale, c.holds) x
            where x.item = r.item and x.ended_at is null limit 1
        ) d on true
        left join lateral (
            select x.ctid as unit from units x
            where x.sale_id = p_sale and x.item = r.item and x.number = r.number
                and x.hold_id is null and x.order_number is null
            limit 1
        ) u on true
    ) a;

    -- Rows without a free unit of their own share what else is free of their item.
    if 'spare' = any (v_outcome) then
        for v_spare in
            with spares as (
                select r.place, r.item, row_number() over (partition by r.item order by r.place) as rank
                from unnest(v_outcome, p_item) with ordinality as r (outcome, item, place) where r.outcome = 'spare'
            )
            select r.place, s.number, s.unit
            from spares r
            left join lateral (
                select x.number, x.ctid as unit from units x
                where x.sale_id = p_sale and x.item = r.item and x.hold_id is null and x.order_number is null
                    and x.ctid <> all (array(
                        select t.unit from unnest(v_outcome, p_item, v_unit) as t (outcome, item, unit)
                        where t.outcome = 'held' and t.item = r.item
                    ))
                order by x.number offset r.rank - 1 limit 1
            ) s on true
        loop
            v_outcome[v_spare.place] := case when v_spare.unit is null then 'none' else 'held' end;
            v_number[v_spare.place] := v_spare.number;
            v_unit[v_spare.place] := v_spare.unit;
        end loop;
    end if;

    with won as materialized (
        select r.*
        from unnest(
            v_outcome, p_request, p_user, p_item, v_number, v_code, v_hold, v_unit, v_is_known, v_has_cart
        ) as r (outcome, request, user_id, item, number, code, hold_id, unit, is_known, has_cart)
        where r.outcome = 'held'
    ), held as (
        insert into holds (sale_id, hold_id, code, request, item, number, held_at, expires_at)
        overriding system value
        select p_sale, w.hold_id, w.code, w.request, w.item, w.number, v_now, v_expires_at from won w
        returning 1
    ), taken as (
        update units u set hold_id = w.hold_id from won w where u.ctid = w.unit
        returning 1
    ), new_carts as (
        insert into checkouts (sale_id, code, user_id, holds, opened_at)
        select p_sale, w.code, w.user_id, array[w.hold_id], v_now from won w where not w.has_cart
    ), new_buyers as (
        insert into buyers (sale_id, user_id, held, bought, taken_max, open_code)
        select p_sale, w.user_id, 1, 0, v_sale.taken_max, w.code from won w where not w.is_known
    )
    select (select count(*) from held), (select count(*) from taken) into v_won, v_taken;
    if v_taken <> v_won then
        raise exception 'record chose % units and took %', v_won, v_taken using errcode = 'FS001';
    end if;

    -- What few rows need stands by itself: a statement costs before it has done anything.
    if true = any (v_is_known) then
        with won as materialized (
            select r.* from unnest(v_outcome, p_user, v_code, v_hold, v_is_known, v_has_cart)
                as r (outcome, user_id, code, hold_id, is_known, has_cart)
            where r.outcome = 'held' and r.is_known
        ), carts as (
            update checkouts c set holds = c.holds || w.hold_id
            from won w
            cross join lateral (
                select x.ctid as place from checkouts x where x.sale_id = p_sale and x.code = w.code limit 1
            ) f
            where w.has_cart and c.ctid = f.place
        )
        update buyers b set held = b.held + 1, open_code = w.code
        from won w
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = w.user_id limit 1
        ) f
        where b.ctid = f.place;
    end if;
    if array_remove(p_key, null) <> '{}' then
        insert into idempotency_keys (sale_id, user_id, key, item, number, code, items_count, expires_at)
        select p_sale, r.user_id, r.key, r.item, r.number, r.code, r.items_count, v_expires_at
        from unnest(v_outcome, p_user, p_key, p_item, v_number, v_code, v_items_count)
            as r (outcome, user_id, key, item, number, code, items_count)
        where r.outcome = 'held' and r.key is not null;
    end if;

    return query
    select r.place::int, case r.outcome when 'same' then 'held' else r.outcome end,
        r.item, r.number, r.code, r.user_id, r.items_count, r.expires_at, null::int
    from unnest(v_outcome, p_item, v_number, v_code, p_user, v_items_count, v_ends)
        with ordinality as r (outcome, item, number, code, user_id, items_count, expires_at, place);
end $$;

-- The orders of some codes, with a line for each item that was in the cart. A line that was not sold has neither number
-- nor age, which is that of its hold when it was bought.
create function order_details(p_sale int, p_codes uuid[])
returns table (
    code uuid, order_number bigint, user_id text, request uuid, idempotency_key text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[]
)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
begin
    return query
    select o.code, o.order_number, o.user_id, o.request, o.idempotency_key, o.total_minor, o.currency, o.ordered_at,
        l.items, l.numbers, l.names, l.ages_ms
    from (select distinct x as code from unnest(p_codes) x) asked
    cross join lateral (
        select x.* from orders x where x.sale_id = p_sale and x.code = asked.code limit 1
    ) o
    cross join lateral (
        select x.holds from checkouts x where x.sale_id = p_sale and x.code = o.code limit 1
    ) c
    cross join lateral (
        select array_agg(x.item order by x.first_hold) as items,
            array_agg(x.number order by x.first_hold) as numbers,
            array_agg(i.name order by x.first_hold) as names,
            array_agg(x.age_ms order by x.first_hold) as ages_ms
        from (
            select h.item, min(h.hold_id) as first_hold, max(s.number) as number,
                max(age_ms(h.held_at, h.ended_at)) filter (where h.ended_as = 'purchased') as age_ms
            from holds_at(p_sale, c.holds) h
            left join lateral (
                select y.number from order_items y
                where y.sale_id = p_sale and y.item = h.item and y.number = h.number
                    and y.order_number = o.order_number
                limit 1
            ) s on true
            group by h.item
        ) x
        cross join lateral (
            select y.name from items y where y.sale_id = p_sale and y.item = x.item limit 1
        ) i
    ) l;
end $$;

-- Sells a free unit of an item whose hold under the cart has ended, if the buyer may take one more.
-- The caller holds the sale's lock. Returns whether a unit was sold.
create function sell_late(
    p_sale int, p_code uuid, p_request uuid, p_user text, p_item int, p_order bigint, p_now timestamptz
)
returns boolean language plpgsql volatile as $$
declare
    v_number int;
    v_hold bigint;
begin
    select u.number into v_number from units u
    where u.sale_id = p_sale and u.item = p_item and u.hold_id is null and u.order_number is null
    order by u.number limit 1;
    if not found then
        return false;
    end if;
    update buyers set bought = bought + 1
    where sale_id = p_sale and user_id = p_user and held + bought < taken_max;
    if not found then
        return false;
    end if;
    insert into holds (sale_id, code, request, item, number, held_at, expires_at, ended_at, ended_as)
    values (p_sale, p_code, p_request, p_item, v_number, p_now, p_now, p_now, 'purchased')
    returning hold_id into v_hold;
    update checkouts set holds = holds || v_hold where sale_id = p_sale and code = p_code;
    update units set order_number = p_order where sale_id = p_sale and item = p_item and number = v_number;
    insert into order_items (sale_id, item, number, order_number, price_minor)
    select p_sale, p_item, v_number, p_order, i.price_minor from items i where i.sale_id = p_sale and i.item = p_item;
    return true;
end $$;

-- order: sells what the ledger holds under codes, and nothing else; the gate is not asked.
--
-- Outcomes: ordered (also where this very request was run before), replayed (the key has this order), already (another
-- request has), expired (nothing of it can be bought), unknown, again.
-- Rows at place 0 tell of holds that ended on the way ('ended'): one item, number and age, their code and buyer.
create function ledger_order(p_sale int, p_request uuid[], p_code uuid[], p_key text[])
returns table (
    place int, outcome text, code uuid, order_number bigint, user_id text, total_minor bigint, currency text,
    ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_sale(p_sale);
    v_active boolean;
    -- For each place: what is to become of it, its order's number, its buyer and its cart's row.
    v_outcome text[];
    v_order bigint[];
    v_user text[];
    v_cart tid[];
    -- For each live hold: the place it belongs to, its row, and what it sells.
    v_place int[];
    v_hold bigint[];
    v_row tid[];
    v_item int[];
    v_number int[];
    v_price bigint[];
    v_currency text[];
    v_name text[];
    v_age_ms int[];
    -- The places of open carts that are not wholly live: they are settled one by one.
    v_mixed int[];
    v_marked int;
    v_late record;
begin
    select v_now < s.ended_at into v_active from sales s where s.sale_id = p_sale;

    return query
    select 0, 'ended', e.code, null::bigint, e.user_id, null::bigint, null::text, e.expires_at,
        array[e.item], array[e.number], null::text[], array[e.age_ms]
    from end_due_holds(p_sale, v_now, 1000) e;

    -- A number for each cart that can still become an order, and what lies in it.
    with carts as materialized (
        select x.*, case when x.outcome = 'open' then nextval('orders_order_number_seq') end as order_number
        from (
            select r.place, c.user_id, c.holds, c.cart,
                case
                    when row_number() over (partition by r.code order by r.place) > 1 then 'again'
                    when o.code is not null then 'already'
                    when c.cart is null then 'unknown'
                    else 'open'
                end as outcome
            from unnest(p_code) with ordinality as r (code, place)
            left join lateral (
                select x.code from orders x where x.sale_id = p_sale and x.code = r.code limit 1
            ) o on true
            left join lateral (
                select x.user_id, x.holds, x.ctid as cart from checkouts x
                where x.sale_id = p_sale and x.code = r.code limit 1
            ) c on true
        ) x
    ), lines as materialized (
        select k.place, h.place as row, h.hold_id, h.item, h.number, h.ended_at, i.price_minor, i.currency, i.name,
            age_ms(h.held_at, v_now) as age_ms
        from carts k
        cross join lateral holds_at(p_sale, k.holds) h
        cross join lateral (
            select x.price_minor, x.currency, x.name from items x
            where x.sale_id = p_sale and x.item = h.item limit 1
        ) i
        where k.outcome = 'open'
    )
    select k.*, l.*
    into v_outcome, v_order, v_user, v_cart, v_mixed,
        v_place, v_hold, v_row, v_item, v_number, v_price, v_currency, v_name, v_age_ms
    from (
        select array_agg(x.outcome order by x.place), array_agg(x.order_number order by x.place),
            array_agg(x.user_id order by x.place), array_agg(x.cart order by x.place),
            coalesce(array_agg(x.place::int) filter (where x.outcome = 'open' and not x.is_whole), '{}')
        from (
            select c.*, coalesce(l.is_live, false) as is_whole
            from carts c
            left join (
                select x.place, bool_and(x.ended_at is null) as is_live from lines x group by x.place
            ) l on l.place = c.place
        ) x
    ) k
    cross join (
        select array_agg(x.place::int), array_agg(x.hold_id), array_agg(x.row), array_agg(x.item), array_agg(x.number),
            array_agg(x.price_minor), array_agg(x.currency), array_agg(x.name), array_agg(x.age_ms)
        from lines x where x.ended_at is null
    ) l;

    -- Live holds become sold units, and a cart of nothing else becomes an order and closes.
    with live as materialized (
        select l.*, r.order_number, r.user_id
        from unnest(v_place, v_hold, v_row, v_item, v_number, v_price, v_currency)
            as l (place, hold_id, row, item, number, price_minor, currency)
        join unnest(v_order, v_user) with ordinality as r (order_number, user_id, place) on r.place = l.place
    ), sold as (
        update holds h set ended_at = v_now, ended_as = 'purchased' from live l where h.ctid = l.row
    ), marked as (
        update units u set hold_id = null, order_number = l.order_number
        from live l
        cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.hold_id = l.hold_id limit 1
        ) f
        where u.ctid = f.place
        returning 1
    ), order_lines as (
        insert into order_items (sale_id, item, number, order_number, price_minor)
        select p_sale, l.item, l.number, l.order_number, l.price_minor from live l
    ), totals as (
        -- Live holds are in the buyer's one open cart, and an order takes the whole cart.
        update buyers b set held = b.held - n.count, bought = b.bought + n.count, open_code = null
        from (select l.user_id, count(*) as count from live l group by l.user_id) n
        cross join lateral (
            select x.ctid as place from buyers x where x.sale_id = p_sale and x.user_id = n.user_id limit 1
        ) f
        where b.ctid = f.place
    ), whole as materialized (
        select l.place, sum(l.price_minor) as total_minor, min(l.currency) as currency
        from live l where l.place <> all (v_mixed) group by l.place
    ), ordered as (
        insert into orders (
            sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
        )
        overriding system value
        select p_sale, r.code, r.order_number, r.user_id, r.request, r.key, w.total_minor, w.currency, v_now
        from whole w
        join unnest(p_code, p_request, p_key, v_order, v_user) with ordinality
            as r (code, request, key, order_number, user_id, place) on r.place = w.place
    ), closed as (
        update checkouts c set closed_at = v_now, closed_as = 'purchased'
        from whole w
        join unnest(v_cart) with ordinality as r (cart, place) on r.place = w.place
        where c.ctid = r.cart
    )
    select count(*) into v_marked from marked;
    if v_marked <> coalesce(cardinality(v_hold), 0) then
        raise exception 'order sold % holds and marked % units', cardinality(v_hold), v_marked using errcode = 'FS001';
    end if;

    if v_mixed <> '{}' then
        -- Items whose hold has ended: one at a time, so that each sees what the last has taken.
        if v_active then
            for v_late in
                select r.code, r.request, r.order_number, c.user_id, h.item
                from unnest(p_code, p_request, v_order) with ordinality as r (code, request, order_number, place)
                cross join lateral (
                    select x.user_id, x.holds from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
                ) c
                cross join lateral holds_at(p_sale, c.holds) h
                where r.place = any (v_mixed)
                group by r.place, r.code, r.request, r.order_number, c.user_id, h.item
                having bool_and(h.ended_as = 'expired')
                order by r.place, min(h.hold_id)
            loop
                perform sell_late(
                    p_sale, v_late.code, v_late.request, v_late.user_id, v_late.item, v_late.order_number, v_now);
            end loop;
        end if;

        -- An order is what sold at least one unit. It closes its cart.
        with ordered as (
            insert into orders (
                sale_id, code, order_number, user_id, request, idempotency_key, total_minor, currency, ordered_at
            )
            overriding system value
            select p_sale, r.code, r.order_number, c.user_id, r.request, r.key, sum(i.price_minor), min(i.currency),
                v_now
            from unnest(p_code, p_request, p_key, v_order)
                with ordinality as r (code, request, key, order_number, place)
            cross join lateral (
                select x.user_id, x.holds from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
            ) c
            cross join lateral holds_at(p_sale, c.holds) h
            cross join lateral (
                select x.price_minor, x.currency from items x where x.sale_id = p_sale and x.item = h.item limit 1
            ) i
            where r.place = any (v_mixed) and h.ended_as = 'purchased'
            group by r.code, r.request, r.order_number, c.user_id, r.key
            returning code
        )
        update checkouts c set closed_at = coalesce(c.closed_at, v_now), closed_as = 'purchased'
        from ordered o
        cross join lateral (
            select x.ctid as place from checkouts x where x.sale_id = p_sale and x.code = o.code limit 1
        ) f
        where c.ctid = f.place;
    end if;

    -- What was sold whole is told from what is at hand, all else from what stands written.
    return query
    select l.place, 'ordered', p_code[l.place], v_order[l.place], min(r.user_id), sum(l.price_minor)::bigint,
        min(l.currency), v_now, array_agg(l.item order by l.hold_id), array_agg(l.number order by l.hold_id),
        array_agg(l.name order by l.hold_id), array_agg(l.age_ms order by l.hold_id)
    from unnest(v_place, v_hold, v_item, v_number, v_price, v_currency, v_name, v_age_ms)
        as l (place, hold_id, item, number, price_minor, currency, name, age_ms)
    join unnest(v_user) with ordinality as r (user_id, place) on r.place = l.place
    where l.place <> all (v_mixed)
    group by l.place;

    if v_mixed <> '{}' or exists (select from unnest(v_outcome) as r (outcome) where r.outcome <> 'open') then
        return query
        select r.place::int,
            case
                when d.code is null then case r.outcome when 'open' then 'expired' else r.outcome end
                when d.request = r.request then 'ordered'
                when d.idempotency_key = r.key then 'replayed'
                else 'already'
            end,
            r.code, d.order_number, d.user_id, d.total_minor, d.currency, d.ordered_at, d.items, d.numbers, d.names,
            d.ages_ms
        from unnest(p_code, p_request, p_key, v_outcome) with ordinality as r (code, request, key, outcome, place)
        left join order_details(p_sale, p_code) d on d.code = r.code and r.outcome in ('open', 'already')
        where r.outcome <> 'open' or r.place = any (v_mixed);
    end if;
end $$;

-- release: gives back one item of each open cart, or all of it (item null).
--
-- Outcomes: released, ordered (the code has its order), expired (closed without one), unknown, absent (the cart does
-- not hold the item), again. A released row lists the units that were given back and the ages of their holds, and says
-- how many the cart still holds.
create function ledger_release(p_sale int, p_code uuid[], p_item int[])
returns table (
    place int, outcome text, code uuid, user_id text, items int[], numbers int[], items_left int, ages_ms int[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_sale(p_sale);
    v_row record;
    v_holds bigint[];
    v_items int[];
    v_numbers int[];
    v_ages_ms int[];
    v_left int;
    v_outcome text;
begin
    for v_row in
        select r.place, r.code, r.item, c.user_id, c.holds, c.closed_at, o.code is not null as is_ordered,
            row_number() over (partition by r.code order by r.place) as code_rank
        from unnest(p_code, p_item) with ordinality as r (code, item, place)
        left join lateral (
            select x.* from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
        ) c on true
        left join lateral (
            select x.code from orders x where x.sale_id = p_sale and x.code = r.code limit 1
        ) o on true
        order by r.place
    loop
        v_holds := '{}';
        select coalesce(array_agg(h.hold_id), '{}') into v_holds from holds_at(p_sale, v_row.holds) h
        where h.ended_at is null and (v_row.item is null or h.item = v_row.item);
        v_items := '{}';
        v_numbers := '{}';
        v_ages_ms := '{}';
        v_left := null;
        v_outcome := case
            when v_row.code_rank > 1 then 'again'
            when v_row.user_id is null then 'unknown'
            when v_row.is_ordered then 'ordered'
            when v_row.closed_at is not null then 'expired'
            when v_holds = '{}' then 'absent'
            else 'released'
        end;
        if v_outcome = 'released' then
            select array_agg(e.item order by e.item), array_agg(e.number order by e.item),
                array_agg(e.age_ms order by e.item)
            into v_items, v_numbers, v_ages_ms
            from end_holds(p_sale, v_holds, v_now, 'cancelled') e;
            update checkouts c
            set holds = (select coalesce(array_agg(x order by x), '{}') from unnest(c.holds) x
                where x <> all (v_holds))
            where c.sale_id = p_sale and c.code = v_row.code;
            select b.held into v_left from buyers b where b.sale_id = p_sale and b.user_id = v_row.user_id;
        end if;
        return query
        select v_row.place::int, v_outcome, v_row.code, v_row.user_id, v_items, v_numbers, v_left,
            v_ages_ms;
    end loop;
end $$;

-- Takes a duty: whoever carries an older fence can write nothing any more.
create function next_fence(p_duty text) returns bigint language sql volatile as $$
    update duties set fence = fence + 1 where duty = p_duty returning fence
$$;

-- Whether a fence is still the newest of its duty. Keeps it so until the transaction ends.
create function fence_stands(p_duty text, p_fence bigint) returns boolean language sql volatile as $$
    select exists (select from duties where duty = p_duty and fence = p_fence for share)
$$;

-- expire: ends holds that are past their time and grace. One row with 'stale' if the duty has gone to another.
create function ledger_expire(p_sale int, p_fence bigint, p_limit int)
returns table (
    outcome text, item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    v_now timestamptz := lock_sale(p_sale);
begin
    if not fence_stands('sweeper', p_fence) then
        return query select 'stale', null::int, null::int, null::uuid, null::text, null::timestamptz,
            null::int;
        return;
    end if;
    return query
    select 'ended', e.item, e.number, e.code, e.user_id, e.expires_at, e.age_ms
    from end_due_holds(p_sale, v_now, p_limit) e;
end $$;

-- confirm: how it stands with items and buyers now, by a plain read. A hold past expiry and grace counts as free.
create function ledger_confirm(p_sale int, p_user text[], p_item int[])
returns table (
    place int, stock text, retry_at timestamptz, taken int, taken_max int, holding uuid, read_at timestamptz
)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
    v_free_in_sale boolean;
    v_held_in_sale boolean;
begin
    v_free_in_sale := exists (
        select from units u where u.sale_id = p_sale and u.hold_id is null and u.order_number is null
    );
    v_held_in_sale := exists (
        select from holds h
        where h.sale_id = p_sale and h.ended_at is null
            and h.hold_id > (select w.hold_id from sweeps w where w.sale_id = p_sale)
    );
    return query
    select r.place::int,
        case
            when i.has_free or i.first_end <= v_now then 'free'
            when i.first_end is not null then 'held'
            when v_free_in_sale or v_held_in_sale then 'sold'
            else 'all_sold'
        end,
        i.first_end,
        coalesce(b.bought, 0) + cart.held,
        s.taken_max,
        cart.holding,
        v_now
    from unnest(p_user, p_item) with ordinality as r (user_id, item, place)
    join sales s on s.sale_id = p_sale
    left join lateral (
        select x.* from buyers x where x.sale_id = p_sale and x.user_id = r.user_id limit 1
    ) b on true
    left join lateral (
        select x.holds from checkouts x where x.sale_id = p_sale and x.code = b.open_code limit 1
    ) c on true
    cross join lateral (
        select count(*)::int as held, (array_agg(b.open_code) filter (where h.item = r.item))[1] as holding
        from holds_at(p_sale, c.holds) h
        where h.ended_at is null and h.expires_at + hold_grace() > v_now
    ) cart
    cross join lateral (
        select
            exists (
                select from units u where u.sale_id = p_sale and u.item = r.item
                    and u.hold_id is null and u.order_number is null
            ) as has_free,
            (
                select min(h.expires_at) + hold_grace() from units u
                cross join lateral (
                    select x.expires_at from holds x where x.sale_id = p_sale and x.hold_id = u.hold_id limit 1
                ) h
                where u.sale_id = p_sale and u.item = r.item and u.hold_id is not null
            ) as first_end
    ) i;
end $$;

-- Raises a sale's epoch from the one that was seen, at most every 500 ms. Null if it may not.
create function raise_epoch(p_sale int, p_seen int, p_fence bigint) returns int language sql volatile as $$
    update sales set epoch = epoch + 1, epoch_raised_at = clock_timestamp()
    where sale_id = p_sale and epoch = p_seen and fence_stands('rebuild', p_fence)
        and epoch_raised_at <= clock_timestamp() - interval '500 milliseconds'
    returning epoch
$$;
