-- release: the function of cancellations.

-- Releases one item of each cart, or the whole cart (item null).
--
-- A row of the batch is a place in the arrays: the request's token, the cart's code, the item. Outcomes:
--   released  these units were released, now or when this very request was run before
--   absent    the cart does not hold the item
--   expired   the cart is closed and has no order
--   ordered   the cart was purchased
--   unknown   there is no such cart
--   again     another row before it asks for the same cart: decide this one in the next batch
-- A released row lists the units, says how old their holds were, and how many units the cart still holds.
create function ledger_release(p_sale int, p_request uuid[], p_code uuid[], p_item int[])
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
begin
    -- Each row beside its cart, its cart's order, and the cancellation of an earlier run of the same request.
    for v_row in
        select r.place::int, r.request, r.code, r.item, c.user_id, c.holds, c.closed_at, o.is_ordered, k.is_repeated,
            row_number() over (partition by r.code, k.is_repeated order by r.place) as code_rank
        from unnest(p_request, p_code, p_item) with ordinality as r (request, code, item, place)
        left join lateral (
            select x.* from checkouts x where x.sale_id = p_sale and x.code = r.code limit 1
        ) c on true
        left join lateral (
            select true as is_ordered from orders x where x.sale_id = p_sale and x.code = r.code limit 1
        ) o on true
        left join lateral (
            select true as is_repeated from cancellations x
            where x.sale_id = p_sale and x.request = r.request limit 1
        ) k on true
        order by r.place
    loop
        if v_row.is_repeated then
            return query
            select v_row.place, 'released', c.code, c.user_id, c.items, c.numbers, c.items_left, c.ages_ms
            from cancellations c where c.sale_id = p_sale and c.request = v_row.request;
            continue;
        end if;

        select coalesce(array_agg(h.hold_id), '{}') into v_holds from holds_at(p_sale, v_row.holds) h
        where h.ended_at is null and (v_row.item is null or h.item = v_row.item);
        place := v_row.place;
        code := v_row.code;
        user_id := v_row.user_id;
        items := '{}';
        numbers := '{}';
        items_left := null;
        ages_ms := '{}';
        outcome := case
            when v_row.code_rank > 1 then 'again'
            when v_row.user_id is null then 'unknown'
            when v_row.is_ordered then 'ordered'
            when v_row.closed_at is not null then 'expired'
            when v_holds = '{}' then 'absent'
            else 'released'
        end;
        if outcome = 'released' then
            select array_agg(e.item order by e.item), array_agg(e.number order by e.item),
                array_agg(e.age_ms order by e.item)
            into items, numbers, ages_ms
            from end_holds(p_sale, v_holds, v_now, 'cancelled') e;
            update checkouts c
            set holds = (
                select coalesce(array_agg(x order by x), '{}') from unnest(c.holds) x where x <> all (v_holds)
            )
            where c.sale_id = p_sale and c.code = v_row.code;
            select b.held into items_left from buyers b where b.sale_id = p_sale and b.user_id = v_row.user_id;
            insert into cancellations (sale_id, request, code, user_id, items, numbers, items_left, ages_ms)
            values (p_sale, v_row.request, v_row.code, v_row.user_id, items, numbers, items_left, ages_ms);
        end if;
        return next;
    end loop;
end $$;
