-- refund: sold units leave their order, and are for sale again.

-- The units of an order that are sold still: all of them, or those of some items (p_items). Null where there are none,
-- and no row without an order.
create function refundable(p_sale int, p_code uuid, p_items int[])
returns table (order_number bigint, items int[], numbers int[])
language sql stable
set jit = off set enable_seqscan = off as $$
    select o.order_number, l.items, l.numbers
    from all_orders o
    cross join lateral (
        select array_agg(h.item order by h.item) as items, array_agg(h.number order by h.item) as numbers
        from (
            select distinct x.item, x.number
            from all_checkouts c cross join lateral unnest(c.items, c.numbers) as x (item, number)
            where c.sale_id = p_sale and c.code = p_code and coalesce(x.item = any (p_items), true)
        ) h
        cross join lateral (
            select from all_units x
            where x.sale_id = p_sale and x.item = h.item and x.number = h.number and x.order_number = o.order_number
            limit 1
        ) u
    ) l
    where o.sale_id = p_sale and o.code = p_code
$$;

-- Refunds units that an order has sold; those that it has not, or not any more, are left out. A sale that is on gets a
-- new epoch, so that no late word of the purchase hides a unit that is free. The refund has a version and a line in the
-- sale's log as every change.
--
-- The service can do so by sale_change alone, and operators by deleting from order_items too.
create function refund_units(p_sale int, p_order bigint, p_items int[], p_numbers int[]) returns void
language plpgsql volatile
set jit = off set enable_seqscan = off as $$
declare
    v_now timestamptz := lock_sale(p_sale);
    v_sale sales;
    v_lane int;
    v_refund record;
    v_order record;
begin
    perform set_config('flashsale.refund', 'on', true);
    with asked as materialized (
        select l.item, l.number from unnest(p_items, p_numbers) as l (item, number)
    ), hot as (
        delete from units u
        using asked l cross join lateral (
            select x.ctid as place from units x
            where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.order_number = p_order limit 1
        ) f
        where u.ctid = f.place
        returning u.*
    ), history as (
        insert into ended_holds
        select g.sale_id, g.item, g.number, g.code, g.request, g.held_at, g.expires_at, v_now, 'refunded',
            g.order_number, g.price_minor
        from hot g
    ), archived as (
        delete from archived_units u
        using asked l cross join lateral (
            select x.ctid as place from archived_units x
            where x.sale_id = p_sale and x.item = l.item and x.number = l.number and x.order_number = p_order limit 1
        ) f
        where u.ctid = f.place
        returning u.*
    ), archived_history as (
        insert into archived_holds
        select g.sale_id, g.item, g.number, g.code, g.request, g.held_at, g.expires_at, v_now, 'refunded',
            g.order_number, g.price_minor
        from archived g
    ), change as (
        insert into unit_changes (sale_id, lane, state, items, numbers)
        select p_sale, min(lane_of(g.code, s.lane_count)), 'free', array_agg(g.item), array_agg(g.number)
        from hot g
        join sales s on s.sale_id = p_sale
        having count(*) > 0
    )
    select array_agg(g.item order by g.item) as items, array_agg(g.number order by g.item) as numbers,
        count(*)::int as count, sum(g.price_minor)::bigint as total_minor, (array_agg(g.code))[1] as code
    into v_refund
    from (select * from hot union all select * from archived) g;
    perform set_config('flashsale.refund', 'off', true);
    if v_refund.count = 0 then
        return;
    end if;

    select o.user_id, o.currency into v_order from all_orders o where o.sale_id = p_sale and o.code = v_refund.code;
    update sales s set version = s.version + 1, epoch = s.epoch + (s.ended_at > v_now)::int
    where s.sale_id = p_sale
    returning * into v_sale;
    v_lane := lane_of(v_refund.code, v_sale.lane_count);
    update stocks set sold = greatest(sold - v_refund.count, 0) where sale_id = p_sale and lane = v_lane;
    if v_sale.stock_per_item > 1 then
        update item_stocks i set sold = greatest(i.sold - 1, 0), first_free = least(i.first_free, l.number)
        from unnest(v_refund.items, v_refund.numbers) as l (item, number)
        where i.sale_id = p_sale and i.item = l.item and i.lane = v_lane;
    end if;
    update buyers b
    set bought = b.bought - v_refund.count,
        room = greatest(v_sale.taken_max - b.held - b.bought + v_refund.count, 0)
    where b.sale_id = p_sale and b.user_id = v_order.user_id;
    insert into sale_events (
        sale_id, version, act, before, after, actor, reason, idempotency_key, changed_at, details
    )
    values (
        p_sale, v_sale.version, coalesce(nullif(current_setting('flashsale.act', true), ''), 'sql'),
        sale_terms(v_sale), sale_terms(v_sale),
        coalesce(nullif(current_setting('flashsale.actor', true), ''), session_user),
        coalesce(nullif(current_setting('flashsale.reason', true), ''), 'not told'),
        nullif(current_setting('flashsale.key', true), ''), v_now,
        jsonb_build_object('order', p_order, 'items', v_refund.items, 'refunded_minor', v_refund.total_minor,
            'currency', v_order.currency)
    );
end $$;
