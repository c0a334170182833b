-- record: the function of checkouts.

-- Holds units for buyers.
--
-- A row of the batch is a place in the arrays: the request's token, the buyer, the item, the unit that the gate
-- reserved (null: none), the code for a new cart, the Idempotency-Key (null: none), and the code under which the gate
-- reserved the unit. No cart gets that code for it; but if the gate has another holder than the ledger, the unit is
-- logged as doubted. No two rows have the same buyer or the same reserved unit: the service leaves the second one to
-- its next batch. All rows are of one lane.
--
-- A batch has the whole sale for itself, or its lane alone. Beside other lanes it holds only what the gate has
-- reserved: what else there is to decide (apart) comes again in a batch that has the whole sale. Outcomes:
--   held      the buyer holds this unit, since now or since an earlier run of this very request
--   replayed  the key has its outcome: this one
--   reused    the key belongs to another item
--   inactive  the sale is not on
--   paused    the sale is paused
--   already   the buyer holds this item
--   limit     the buyer has as many units as the sale allows
--   lapsed    the buyer has let as many holds end unpaid as the sale allows, or given back ten times as many at once
--   none      the item has no free unit
--   again     holds may be due, or units free, that this call did not reach: decide this one in the next batch
--   apart     only a batch that has the whole sale can decide this one
-- Rows at place 0 say which holds ended on the way (ended).
create function ledger_record(
    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[], p_key text[],
    p_reserved uuid[], p_lane int default 0, p_is_whole boolean default true
)
returns table (
    place int, outcome text, item int, number int, code uuid, user_id text, items_count int, expires_at timestamptz,
    age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_lane(p_sale, p_lane, p_is_whole);
    v_sale sales;
    v_is_behind boolean;
    v_expires_at timestamptz;
    v_before bigint;
    -- The requests that hold their reserved unit since now, beside other lanes; and whether these are all.
    v_claimed uuid[];
    v_is_claimed boolean := false;
    v_steps int := search_steps();
    -- The places that one statement has decided.
    v_plain int[] := '{}';
    -- The units that are held since now, and those of which the gate may show another holder.
    v_held_items int[] := '{}';
    v_held_numbers int[] := '{}';
    v_doubted_items int[] := '{}';
    v_doubted_numbers int[] := '{}';
    v_row record;
    v_decision record;
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    -- The sweeper takes holds in the order in which they were made, so none ends before another.
    v_expires_at := greatest(
        least(v_now + v_sale.hold_seconds * interval '1 second', v_sale.ended_at),
        (select k.last_end from stocks k where k.sale_id = p_sale and k.lane = p_lane));
    if v_sale.lane_count + p_lane > 1 then
        perform check_lane(v_sale, p_lane, p_candidate);
        if not p_is_whole then
            v_claimed := claim_units(
                v_sale, p_request, p_user, p_item, p_number, p_candidate, v_now, v_expires_at);
            v_is_claimed := cardinality(v_claimed) = cardinality(p_request);
        end if;
    end if;

    -- No buyer may be refused because of a hold that is due. Beside other lanes nothing is swept.
    v_is_behind := is_sweep_behind(
        p_sale, case when not p_is_whole then p_lane end, least(v_now, v_sale.purchases_paused_at));
    if v_is_behind and p_is_whole then
        return query
        select 0, 'ended', e.item, e.number, e.code, e.user_id, 0, e.expires_at, e.age_ms
        from generate_series(0, v_sale.lane_count - 1) as l (lane)
        cross join lateral end_due_holds(p_sale, l.lane, least(v_now, v_sale.purchases_paused_at), 1000) e;
        v_is_behind := is_sweep_behind(p_sale, null, least(v_now, v_sale.purchases_paused_at));
    end if;
    v_before := nextval('unit_changes_change_id_seq');

    -- Most rows are alike: a buyer that the sale does not know, and a free unit that the gate has reserved. One
    -- statement decides them together, which pays from a few rows on.
    if (cardinality(p_user) > 3 or not p_is_whole) and v_now >= v_sale.started_at and v_now < v_sale.ended_at
        and v_sale.paused_at is null
    then
        with plain as materialized (
            select r.*
            from unnest(p_request, p_user, p_item, p_number, p_candidate, p_key, p_reserved) with ordinality
                as r (request, user_id, item, number, candidate, key, reserved, place)
            left join lateral (
                select true as is_known from buyers x where x.sale_id = p_sale and x.user_id = r.user_id limit 1
            ) b on true
            left join lateral (
                select x.request as taken_by from units x
                where not v_is_claimed and x.sale_id = p_sale and x.item = r.item and x.number = r.number limit 1
            ) u on true
            where r.key is null and r.reserved = r.candidate and b.is_known is null
                and case when p_is_whole or v_is_claimed then u.taken_by is null else u.taken_by = r.request end
                and r.item between 1 and v_sale.item_count and r.number between 1 and v_sale.stock_per_item
        ), holds as (
            insert into units (sale_id, item, number, code, request, held_at, expires_at)
            select p_sale, p.item, p.number, p.candidate, p.request, v_now, v_expires_at from plain p
            where p_is_whole
        ), carts as (
            insert into checkouts (sale_id, code, user_id, items, numbers, opened_at)
            select p_sale, p.candidate, p.user_id, array[p.item], array[p.number], v_now from plain p
        ), new_buyers as (
            insert into buyers (sale_id, user_id, held, bought, room, code)
            select p_sale, p.user_id, 1, 0, v_sale.taken_max - 1, p.candidate from plain p
        )
        select coalesce(array_agg(p.place::int), '{}'), coalesce(array_agg(p.item), '{}'),
            coalesce(array_agg(p.number), '{}')
        into v_plain, v_held_items, v_held_numbers
        from plain p;
        return query
        select r.place::int, 'held', r.item, r.number, r.candidate, r.user_id, 1, v_expires_at, null::int
        from unnest(p_user, p_item, p_number, p_candidate) with ordinality
            as r (user_id, item, number, candidate, place)
        where r.place = any (v_plain);
    end if;

    -- Every other row is decided alone, and sees what those before it have done.
    if cardinality(v_plain) < cardinality(p_user) then
        for v_row in
            select r.* from unnest(p_request, p_user, p_item, p_number, p_candidate, p_key, p_reserved) with ordinality
                as r (request, user_id, item, number, candidate, key, reserved, place)
            where r.place <> all (v_plain)
        loop
            v_decision := record_alone(
                v_sale, v_row.request, v_row.user_id, v_row.item, v_row.number, v_row.candidate, v_row.key, v_now,
                v_expires_at, v_claimed, v_steps);
            v_steps := v_decision.steps_left;
            if v_decision.is_new then
                v_held_items := v_held_items || v_row.item;
                v_held_numbers := v_held_numbers || v_decision.number;
            elsif v_row.request = any (v_claimed) then
                delete from units u
                where u.sale_id = p_sale and u.item = v_row.item and u.number = v_row.number;
            end if;
            if v_decision.outcome = 'held'
                and (v_decision.number is distinct from v_row.number or v_decision.code is distinct from v_row.reserved)
            then
                v_doubted_items := v_doubted_items || v_row.item;
                v_doubted_numbers := v_doubted_numbers || v_decision.number;
            end if;
            if v_decision.outcome <> 'held' or v_decision.number <> v_row.number then
                v_doubted_items := v_doubted_items || v_row.item;
                v_doubted_numbers := v_doubted_numbers || v_row.number;
            end if;
            place := v_row.place;
            outcome := case
                when v_is_behind and v_decision.outcome in ('already', 'limit', 'lapsed', 'none')
                    then case when p_is_whole then 'again' else 'apart' end
                else v_decision.outcome
            end;
            item := v_row.item;
            number := v_decision.number;
            code := v_decision.code;
            user_id := v_row.user_id;
            items_count := v_decision.items_count;
            expires_at := v_decision.expires_at;
            return next;
        end loop;
    end if;

    if v_held_items <> '{}' then
        insert into unit_changes (sale_id, lane, state, items, numbers, expires_at)
        values (p_sale, p_lane, 'held', v_held_items, v_held_numbers, v_expires_at);
    end if;
    if array_remove(v_doubted_numbers, null) <> '{}' then
        insert into unit_changes (sale_id, lane, state, items, numbers)
        select p_sale, p_lane, 'doubted', array_agg(d.item), array_agg(d.number)
        from unnest(v_doubted_items, v_doubted_numbers) as d (item, number) where d.number is not null;
    end if;
    perform count_changes(p_sale, p_lane, v_before, v_sale.stock_per_item > 1);
end $$;
