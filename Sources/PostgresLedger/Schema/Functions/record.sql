-- record: the function of checkouts.

-- Holds units for buyers.
--
-- A row of the batch is a place in the arrays: the request's token, the buyer, the item, the unit that the gate
-- reserved (null: none), the code for a new cart, the Idempotency-Key (null: none), and the code under which the gate
-- reserved the unit. No cart gets that code for it; but if the gate's holder is another one than the ledger's, the unit
-- is noted as doubted. Outcomes:
--   held      the buyer holds this unit, since now or since an earlier run of this very request
--   replayed  the key has its outcome: this one
--   reused    the key belongs to another item
--   inactive  the sale is not on
--   already   the buyer holds this item
--   limit     the buyer has as many units as the sale allows
--   none      the item has no free unit
--   again     another row before it is the same buyer's, or holds may be due that this call did not reach: decide this
--             one in the next batch
-- Rows at place 0 say which holds ended on the way (ended).
create function ledger_record(
    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[], p_key text[],
    p_reserved uuid[] default null
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
    v_is_behind boolean := is_sweep_behind(p_sale, v_now);
    v_sale sales;
    v_is_active boolean;
    v_expires_at timestamptz;
    -- For each place: its outcome, the unit, the cart's code, the cart's units with it, and when the hold expires.
    v_outcome text[];
    v_number int[];
    v_code uuid[];
    v_items_count int[];
    v_ends timestamptz[];
    -- For each place that gets a unit: the hold's number, the unit's row, and what the buyer had before.
    v_hold bigint[];
    v_unit tid[];
    v_is_known boolean[];
    v_has_cart boolean[];
    v_spare record;
    v_held_count int;
    v_taken_count int;
    v_taken_item int[];
    v_taken_number int[];
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    v_is_active := found and v_now >= v_sale.started_at and v_now < v_sale.ended_at;
    v_expires_at := least(v_now + v_sale.hold_seconds * interval '1 second', v_sale.ended_at);

    -- No buyer may be refused because of a hold that is due.
    if v_is_behind then
        return query
        select 0, 'ended', e.item, e.number, e.code, e.user_id, 0, e.expires_at, e.age_ms
        from end_due_holds(p_sale, v_now, 1000) e;
        v_is_behind := is_sweep_behind(p_sale, v_now);
    end if;

    -- Decide each row by what the ledger knows of its key, its buyer, the buyer's open cart, and the gate's unit.
    select
        array_agg(a.outcome),
        array_agg(case a.outcome when 'replayed' then a.key_number when 'same' then a.held_number else a.number end),
        array_agg(case when a.outcome = 'replayed' then a.key_code else coalesce(a.open_code, a.candidate) end),
        array_agg(case a.outcome when 'replayed' then a.key_items_count when 'same' then a.held else a.held + 1 end),
        array_agg(case a.outcome when 'replayed' then a.key_expires_at when 'same' then a.held_until
            else v_expires_at end),
        array_agg(case when a.outcome in ('held', 'spare') then nextval('holds_hold_id_seq') end),
        array_agg(a.unit), array_agg(a.is_known), array_agg(a.open_code is not null)
    into v_outcome, v_number, v_code, v_items_count, v_ends, v_hold, v_unit, v_is_known, v_has_cart
    from (
        select r.number, r.candidate,
            k.number as key_number, k.code as key_code, k.items_count as key_items_count,
            k.expires_at as key_expires_at,
            b.user_id is not null as is_known, b.open_code, coalesce(b.held, 0) as held,
            d.number as held_number, d.expires_at as held_until, u.unit,
            case
                when d.request = r.request then 'same'
                when k.item = r.item then 'replayed'
                when k.item is not null then 'reused'
                when not v_is_active then 'inactive'
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
        order by r.place
    ) a;

    -- Rows that cannot have the gate's unit share what else is free of their item.
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

    -- Write what was decided. The counts are a last check that each hold has its own unit.
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
        returning u.item, u.number
    ), new_carts as (
        insert into checkouts (sale_id, code, user_id, holds, opened_at)
        select p_sale, w.code, w.user_id, array[w.hold_id], v_now from won w where not w.has_cart
    ), new_buyers as (
        insert into buyers (sale_id, user_id, held, bought, taken_max, open_code)
        select p_sale, w.user_id, 1, 0, v_sale.taken_max, w.code from won w where not w.is_known
    )
    select (select count(*) from held), count(*), array_agg(t.item), array_agg(t.number)
    into v_held_count, v_taken_count, v_taken_item, v_taken_number
    from taken t;
    if v_taken_count <> v_held_count then
        raise exception 'record chose % units and took %', v_held_count, v_taken_count using errcode = 'FS001';
    end if;
    if v_taken_count > 0 then
        insert into unit_changes (sale_id, kind, items, numbers) values (p_sale, 'held', v_taken_item, v_taken_number);
    end if;

    -- Few batches need what follows, and a statement costs time before it has done anything: each is its own statement.
    if v_taken_count < cardinality(p_item) or v_number is distinct from p_number
        or v_code is distinct from p_reserved
    then
        -- If the gate has another holder, it will be told. If that fact is lost, no state of a unit shows it.
        with doubtful as materialized (
            select r.* from unnest(v_outcome, p_item, v_number, p_number, v_code, p_reserved)
                as r (outcome, item, number, asked, code, reserved)
            where r.outcome <> 'held' or r.number is distinct from r.asked or r.code is distinct from r.reserved
        )
        insert into unit_changes (sale_id, kind, items, numbers)
        select p_sale, 'doubted'::unit_change, array_agg(u.item), array_agg(u.number)
        from (
            select d.item, d.number from doubtful d where d.outcome = 'held'
            union
            select d.item, d.asked from doubtful d where d.asked is not null
        ) u
        having count(*) > 0;
    end if;
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
    select r.place::int,
        case
            when r.outcome = 'same' then 'held'
            when v_is_behind and r.outcome in ('already', 'limit', 'none') then 'again'
            else r.outcome
        end,
        r.item, r.number, r.code, r.user_id, r.items_count, r.expires_at, null::int
    from unnest(v_outcome, p_item, v_number, v_code, p_user, v_items_count, v_ends)
        with ordinality as r (outcome, item, number, code, user_id, items_count, expires_at, place);
end $$;
