-- herald: what there is to tell of sales, and how far it has been told.
--
-- Orders and changes of a sale have numbers of one sequence. Those of a lane follow its commits, and those of a sale do
-- not: a lane may commit a lower number after another lane's higher one. So the line is read as far as it is complete,
-- and no purchase writes anything for it.

-- The indexes of orders in line have `sale_id + 0`, so that no look-up of a single order takes them.

-- Whether a sale's line has a number beyond the one that was told last. Rows may be in the archive.
create function has_untold(p_sale int, p_told bigint) returns boolean language sql stable as $$
    select exists (select from orders o where o.sale_id + 0 = p_sale and o.order_number > p_told)
        or exists (select from sale_events e where e.sale_id = p_sale and e.event_number > p_told)
        or exists (select from archived_orders o where o.sale_id + 0 = p_sale and o.order_number > p_told)
$$;

-- Notes how far a sale has been told, and the version that a sale had which is closed. Numbers only rise.
create function note_told(p_sale int, p_told bigint, p_closed_at_version int default null) returns void
language sql volatile as $$
    insert into webhook_cursors as c (sale_id, told, closed_at_version) values (p_sale, p_told, p_closed_at_version)
    on conflict (sale_id) do update
    set told = greatest(c.told, excluded.told), closed_at_version = excluded.closed_at_version
$$;

-- The sales that have something to tell, oldest first, each with the number that was told last. A row without a sale:
-- the duty has gone to another instance.
--
-- The first call of all begins: of the sales that are over by then, only what comes later is told.
create function herald_due(p_fence bigint) returns table (sale_id int, told bigint)
language plpgsql volatile
set jit = off as $$
#variable_conflict use_column
declare
    v_row record;
begin
    if not fence_stands('herald', p_fence) then
        return query select null::int, null::bigint;
        return;
    end if;
    insert into webhook_cursors (sale_id, told) values (0, 0) on conflict (sale_id) do nothing;
    if found then
        insert into webhook_cursors (sale_id, told, closed_at_version)
        select s.sale_id, q.last_value, case when s.retired_at is not null then s.version end
        from sales s cross join orders_order_number_seq q
        where s.ended_at <= clock_timestamp();
    end if;
    -- A closed sale is not read, however many there are.
    for v_row in
        select s.sale_id, s.version, s.retired_at, coalesce(c.told, 0) as told
        from sales s
        left join webhook_cursors c on c.sale_id = s.sale_id
        where s.archived_at is null and s.retired_at is null
        union all
        select s.sale_id, s.version, s.retired_at, c.told
        from webhook_cursors c
        join sales s on s.sale_id = c.sale_id
        where c.closed_at_version is null and s.retired_at is not null
        order by sale_id
    loop
        if has_untold(v_row.sale_id, v_row.told) then
            sale_id := v_row.sale_id;
            told := v_row.told;
            return next;
        elsif v_row.retired_at is not null then
            perform note_told(v_row.sale_id, v_row.told, v_row.version);
        end if;
    end loop;
end $$;

-- Up to which number a sale's line is complete: nothing at or below it is still to be committed. Null while somebody
-- changes the sale by hand, without the sale's lock: the change has its number and holds the sale's row.
create function herald_horizon(p_sale int) returns bigint language plpgsql volatile as $$
begin
    perform lock_sale(p_sale);
    perform from sales s where s.sale_id = p_sale for share skip locked;
    return case when found then (select q.last_value from orders_order_number_seq q) end;
end $$;

-- The lines of an order as they were sold, refunded or not, with the prices that were paid.
create function sold_lines(p_sale int, p_code uuid, p_order bigint) returns jsonb language sql stable as $$
    select jsonb_agg(
        jsonb_build_object('id', format('ITM-%s-%s', p_sale, l.item), 'name', i.name, 'price_minor', l.price_minor)
        order by l.item)
    from (
        select distinct x.item, x.number
        from all_checkouts c cross join lateral unnest(c.items, c.numbers) as x (item, number)
        where c.sale_id = p_sale and c.code = p_code
    ) h
    cross join lateral (
        select u.item, u.price_minor from all_units u
        where u.sale_id = p_sale and u.item = h.item and u.number = h.number and u.order_number = p_order
        union all
        select e.item, e.price_minor from all_ended_holds e
        where e.sale_id = p_sale and e.item = h.item and e.number = h.number and e.order_number = p_order
    ) l
    cross join lateral (
        select x.name from all_items x where x.sale_id = p_sale and x.item = l.item limit 1
    ) i
$$;

-- What a change of a sale says, but by whom and why: that is the operators' own.
create function change_data(p_event sale_events) returns jsonb language sql stable as $$
    select case
        when p_event.details ? 'order' then jsonb_build_object(
            'order_id', format('ORD-%s-%s', p_event.sale_id, p_event.details->>'order'),
            'refunded_minor', p_event.details->'refunded_minor', 'currency', p_event.details->'currency',
            'items', (
                select jsonb_agg(format('ITM-%s-%s', p_event.sale_id, x.item))
                from jsonb_array_elements_text(p_event.details->'items') as x (item)
            ))
        else jsonb_build_object(
            'version', p_event.version, 'act', p_event.act,
            'before', p_event.before, 'after', p_event.after, 'details', p_event.details)
    end
$$;

-- What a sale's line says between two numbers, the second included, in its order. No code, key or request is in it.
create function herald_events(p_sale int, p_told bigint, p_horizon bigint, p_limit int)
returns table (number bigint, type text, happened_at timestamptz, data text)
language plpgsql stable
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off as $$
#variable_conflict use_column
begin
    return query
    with placed as (
        (select o.* from orders o
        where o.sale_id + 0 = p_sale and o.order_number > p_told and o.order_number <= p_horizon
        order by o.order_number limit p_limit)
        union all
        (select o.* from archived_orders o
        where o.sale_id + 0 = p_sale and o.order_number > p_told and o.order_number <= p_horizon
        order by o.order_number limit p_limit)
    ), changes as (
        select e as change from sale_events e
        where e.sale_id = p_sale and e.event_number > p_told and e.event_number <= p_horizon
        order by e.event_number limit p_limit
    )
    select l.number, l.type, l.happened_at,
        (jsonb_build_object('sale_id', p_sale::text, 'shop', s.shop) || l.told)::text
    from (
        select o.order_number as number, 'order.placed' as type, o.ordered_at as happened_at,
            jsonb_build_object(
                'order_id', format('ORD-%s-%s', p_sale, o.order_number), 'user_id', o.user_id,
                'total_minor', o.total_minor, 'currency', o.currency,
                'items', sold_lines(p_sale, o.code, o.order_number)) as told
        from (select x.* from placed x order by x.order_number limit p_limit) o
        union all
        select (c.change).event_number,
            case when (c.change).details ? 'order' then 'order.refunded' else 'sale.changed' end,
            (c.change).changed_at, change_data(c.change)
        from changes c
    ) l
    join sales s on s.sale_id = p_sale
    order by l.number limit p_limit;
end $$;

-- Notes that the receiver has taken a sale's line up to a number. False if the duty has gone to another instance: then
-- nothing is noted.
--
-- No commit of a buyer waits for this one to be on disk. Lost, it is told again.
create function herald_advance(p_sale int, p_told bigint, p_fence bigint) returns boolean
language plpgsql volatile as $$
begin
    if not fence_stands('herald', p_fence) then
        return false;
    end if;
    perform set_config('synchronous_commit', 'off', true);
    perform note_told(p_sale, p_told);
    return true;
end $$;
