-- A checkout that is decided alone. Callers hold the sale's lock or the lane's, and log and count the change.

-- Holds a unit for a buyer. The outcomes are those of ledger_record; `is_new` says that a unit is held since now.
-- p_claimed: beside other lanes, the requests whose reserved units the batch has; null if it has the whole sale.
-- p_steps: how many units may be looked at for a free one, and steps_left how many after that.
create function record_alone(
    p_sale sales, p_request uuid, p_user text, p_item int, p_number int, p_candidate uuid, p_key text,
    p_now timestamptz, p_expires_at timestamptz, p_claimed uuid[], p_steps int,
    out outcome text, out number int, out code uuid, out items_count int, out expires_at timestamptz,
    out is_new boolean, out steps_left int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
    v_sale int := p_sale.sale_id;
    v_key idempotency_keys;
    v_buyer buyers;
    -- The live hold of the item in the buyer's open cart, from before this batch: a unit that the batch has claimed may
    -- be that of a line whose hold has ended.
    v_held_number int;
    v_held_until timestamptz;
    v_held_by uuid;
    v_is_active boolean := coalesce(p_now >= p_sale.started_at and p_now < p_sale.ended_at, false);
begin
    select * into v_buyer from buyers b where b.sale_id = v_sale and b.user_id = p_user;
    code := case when v_buyer.held > 0 then v_buyer.code else p_candidate end;
    number := p_number;
    items_count := coalesce(v_buyer.held, 0) + 1;
    expires_at := p_expires_at;
    steps_left := p_steps;

    if v_buyer.held > 0 then
        select u.request, u.number, u.expires_at into v_held_by, v_held_number, v_held_until from checkouts c
        cross join lateral unnest(c.items, c.numbers) as l (item, number)
        cross join lateral (
            select x.request, x.number, x.expires_at from units x
            where x.sale_id = v_sale and x.item = l.item and x.number = l.number and x.code = v_buyer.code
                and x.order_number is null and x.request <> all (coalesce(p_claimed, '{}'))
            limit 1
        ) u
        where c.sale_id = v_sale and c.code = v_buyer.code and l.item = p_item;
        if v_held_by = p_request then
            outcome := 'held';
            number := v_held_number;
            items_count := v_buyer.held;
            expires_at := v_held_until;
            return;
        end if;
    end if;
    if p_key is not null then
        select * into v_key from idempotency_keys k where k.sale_id = v_sale and k.user_id = p_user and k.key = p_key;
        if v_key.item = p_item then
            outcome := 'replayed';
            number := v_key.number;
            code := v_key.code;
            items_count := v_key.items_count;
            expires_at := v_key.expires_at;
            return;
        end if;
    end if;
    outcome := case
        when v_key.item is not null then 'reused'
        when not v_is_active then 'inactive'
        when p_sale.paused_at is not null then 'paused'
        when v_held_by is not null then 'already'
        when v_buyer.held + v_buyer.bought >= p_sale.taken_max then 'limit'
        when greatest(v_buyer.lapsed, 0) + v_buyer.held >= p_sale.lapses_max
            or v_buyer.given_back + v_buyer.held >= 10 * p_sale.lapses_max then 'lapsed'
    end;
    if outcome is not null then
        return;
    end if;

    if p_claimed is not null then
        is_new := p_request = any (p_claimed);
        if not is_new then
            outcome := 'apart';
            return;
        end if;
    elsif p_item between 1 and p_sale.item_count and p_number between 1 and p_sale.stock_per_item then
        insert into units (sale_id, item, number, code, request, held_at, expires_at)
        values (v_sale, p_item, p_number, code, p_request, p_now, p_expires_at)
        on conflict do nothing;
        is_new := found;
    end if;
    if is_new is not true then
        select n.number, n.steps_left into number, steps_left from next_free_unit(v_sale, p_item, p_steps) n;
        if coalesce(number, 0) = 0 then
            outcome := case number when 0 then 'again' else 'none' end;
            return;
        end if;
        insert into units (sale_id, item, number, code, request, held_at, expires_at)
        values (v_sale, p_item, number, code, p_request, p_now, p_expires_at);
        is_new := true;
    end if;
    outcome := 'held';

    if items_count = 1 then
        insert into checkouts (sale_id, code, user_id, items, numbers, opened_at)
        values (v_sale, code, p_user, array[p_item], array[number], p_now);
    else
        update checkouts c set items = c.items || p_item, numbers = c.numbers || number
        where c.sale_id = v_sale and c.code = v_buyer.code;
    end if;
    if v_buyer.user_id is null then
        insert into buyers (sale_id, user_id, held, bought, room, code)
        values (v_sale, p_user, 1, 0, p_sale.taken_max - 1, code);
    else
        update buyers b set held = b.held + 1, room = p_sale.taken_max - b.held - b.bought - 1, code = code
        where b.sale_id = v_sale and b.user_id = p_user;
    end if;
    if p_key is not null then
        insert into idempotency_keys (sale_id, user_id, key, item, number, code, items_count, expires_at)
        values (v_sale, p_user, p_key, p_item, number, code, items_count, expires_at);
    end if;
end $$;
