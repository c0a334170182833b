-- release: the function of cancellations.

-- Releases one item of each cart, or the whole cart (item null).
--
-- A row of the batch is a place in the arrays: the request's token, the cart's code, the item, and the proven buyer
-- (null: nobody was proven), to whom another's cart does not exist. All codes are of one lane. Each row
-- sees what those before it have done.
-- Outcomes:
--   released  these units were released, now or when this very request was run before
--   absent    the cart does not hold the item
--   expired   the cart is closed and has no order
--   ordered   the cart was purchased
--   unknown   there is no such cart
-- A released row lists the units, says how old their holds were, and how many units the cart still holds.
create function ledger_release(
    p_sale int, p_request uuid[], p_code uuid[], p_item int[], p_user text[] default null, p_lane int default 0
)
returns table (
    place int, outcome text, code uuid, user_id text, items int[], numbers int[], items_left int, ages_ms int[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_lane(p_sale, p_lane);
    v_sale sales;
    v_item int;
    v_cart checkouts;
    v_is_open boolean;
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    if v_sale.lane_count + p_lane > 1 then
        perform check_lane(v_sale, p_lane, p_code);
    end if;
    for v_place in 1..cardinality(p_code) loop
        place := v_place;
        code := p_code[v_place];
        v_item := p_item[v_place];
        select 'released', c.user_id, c.items, c.numbers, c.items_left, c.ages_ms
        into outcome, user_id, items, numbers, items_left, ages_ms
        from cancellations c where c.sale_id = p_sale and c.request = p_request[v_place];
        if found then
            return next;
            continue;
        end if;

        select * into v_cart from checkouts c
        where c.sale_id = p_sale and c.code = p_code[v_place] and coalesce(c.user_id = p_user[v_place], true);
        if not found then
            select * into v_cart from archived_checkouts c
            where c.sale_id = p_sale and c.code = p_code[v_place] and coalesce(p_user[v_place] = c.user_id, true);
        end if;
        user_id := v_cart.user_id;
        v_is_open := exists (
            select from buyers b
            where b.sale_id = p_sale and b.user_id = v_cart.user_id and b.code = v_cart.code and b.held > 0
        );
        items := '{}';
        numbers := '{}';
        items_left := null;
        ages_ms := '{}';
        if v_is_open then
            select coalesce(array_agg(u.item), '{}'), coalesce(array_agg(u.number), '{}') into items, numbers
            from unnest(v_cart.items, v_cart.numbers) as l (item, number)
            cross join lateral (
                select x.item, x.number from units x
                where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.code = v_cart.code
                    and x.order_number is null
                limit 1
            ) u
            where v_item is null or l.item = v_item;
        end if;
        outcome := case
            when v_cart.code is null then 'unknown'
            when items <> '{}' then 'released'
            when v_is_open then 'absent'
            when exists (select from all_orders o where o.sale_id = p_sale and o.code = v_cart.code) then 'ordered'
            else 'expired'
        end;
        -- Lines whose holds have ended go too, or a late purchase would take what the buyer has given up. Where no item
        -- is named, none stays.
        if outcome in ('released', 'absent') then
            update checkouts c set (items, numbers) = (
                select coalesce(array_agg(l.item order by l.line), '{}'),
                    coalesce(array_agg(l.number order by l.line), '{}')
                from unnest(c.items, c.numbers) with ordinality as l (item, number, line)
                where l.item <> v_item
            )
            where c.sale_id = p_sale and c.code = v_cart.code and coalesce(v_item = any (c.items), true);
        end if;
        if outcome = 'released' then
            select array_agg(e.item order by e.item), array_agg(e.number order by e.item),
                array_agg(e.age_ms order by e.item)
            into items, numbers, ages_ms
            from end_holds(p_sale, p_lane, items, numbers, v_cart.code, v_now, 'cancelled') e;
            select b.held into items_left from buyers b where b.sale_id = p_sale and b.user_id = v_cart.user_id;
            insert into cancellations (sale_id, request, code, user_id, items, numbers, items_left, ages_ms)
            values (p_sale, p_request[v_place], v_cart.code, v_cart.user_id, items, numbers, items_left, ages_ms);
        end if;
        return next;
    end loop;
end $$;
