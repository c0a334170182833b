-- retention: ended sales leave the tables that buyers write, and in time the archive.
--
-- A call is one small transaction. It moves so many rows of one sale at most, and each row in one statement: a kill
-- between two calls leaves each row in one place, and the next call goes on. It takes the lock of the sale that has
-- ended, and nothing that a buyer of another sale waits for.

-- Moves rows of a sale from a table into its archive, or deletes them (p_to null). Returns how many.
create function move_rows(p_sale int, p_from text, p_to text, p_limit int) returns int language plpgsql volatile as $$
declare
    v_count int;
begin
    execute format('with gone as (
            delete from %I where ctid = any (array(select x.ctid from %1$I x where x.sale_id = $1 limit $2)) returning *
        )', p_from)
        || case when p_to is null then '' else format(', kept as (insert into %I select * from gone)', p_to) end
        || ' select count(*) from gone'
    into v_count using p_sale, p_limit;
    return v_count;
end $$;

-- Moves rows of a retired sale out of the tables that buyers write. Fewer than the limit: the last one has left. Items
-- go before units: what an archived item has sold is known wherever its units are.
--
-- What the archive does not keep, nobody asks for any more: the log of changes, the buyers' counts, which units and
-- carts say again, the outcomes of cancellations, those of checkouts' keys, and what instances counted of a line. A
-- purchase's key is in its order. A line and its steps stay where they are until the sale is forgotten: no buyer
-- writes them, and they say who was called when. So do the counts of items, which say what a page of items would count.
create function archive_rows(p_sale int, p_limit int) returns int language plpgsql volatile as $$
declare
    v_table record;
    v_count int := 0;
begin
    for v_table in
        select * from (values ('unit_changes', null), ('buyers', null), ('cancellations', null),
            ('idempotency_keys', null), ('queue_reports', null), ('queue_shown', null),
            ('items', 'archived_items'), ('ended_holds', 'archived_holds'), ('units', 'archived_units'),
            ('orders', 'archived_orders'), ('checkouts', 'archived_checkouts')
        ) as t (hot, cold)
    loop
        exit when v_count = p_limit;
        v_count := v_count + move_rows(p_sale, v_table.hot, v_table.cold, p_limit - v_count);
    end loop;
    return v_count;
end $$;

-- Deletes rows of a forgotten sale from the archive, the counts of its items and the steps of its line. Fewer than the
-- limit: the last one is gone.
create function forget_rows(p_sale int, p_limit int) returns int language plpgsql volatile as $$
declare
    v_table text;
    v_count int := 0;
begin
    foreach v_table in array array['archived_holds', 'archived_units', 'archived_orders', 'archived_checkouts',
        'archived_items', 'item_stocks', 'queue_steps']
    loop
        exit when v_count = p_limit;
        v_count := v_count + move_rows(p_sale, v_table, null, p_limit - v_count);
    end loop;
    return v_count;
end $$;

-- Takes one step of retention, with the oldest sale first: of those that ended p_hot_hours ago and are not archived,
-- then of the archived ones that ended p_archive_days ago (0: the archive keeps them for ever).
--
-- Outcomes: stale (the duty has gone to another instance); moved (rows left the buyers' tables, or holds that were
-- overdue ended); forgotten (rows left the archive); idle (there is nothing to do).
--
-- The service may not delete what is written once. So where it runs as a role of its own, this function runs as the
-- owner of the tables (rights.sql).
create function ledger_retire(p_fence bigint, p_hot_hours int, p_archive_days int, p_limit int)
returns table (outcome text, row_count int)
language plpgsql volatile
set jit = off set enable_seqscan = off as $$
declare
    v_now timestamptz := clock_timestamp();
    v_sale sales;
    v_forgotten int;
begin
    outcome := 'idle';
    row_count := 0;
    if not fence_stands('retention', p_fence) then
        outcome := 'stale';
        return next;
        return;
    end if;
    -- The trigger units_stay_sold lets these rows go. Only a superuser may say so in the function's head.
    perform set_config('flashsale.refund', 'on', true);
    -- A hold may outlive its sale, and in a pause of purchases no hold ends. Until then its sale stays.
    select s.* into v_sale from sales s
    where (
            select true from stocks k
            where k.sale_id = s.sale_id and k.held > 0 and coalesce(k.next_end + hold_grace() > v_now, true)
            limit 1
        ) is null
        and s.archived_at is null and s.purchases_paused_at is null
        and s.ended_at <= v_now - greatest(p_hot_hours, 1) * interval '1 hour'
    order by s.ended_at limit 1;
    if found and v_sale.retired_at is null then
        outcome := 'moved';
        v_now := lock_sale(v_sale.sale_id);
        select count(*) into row_count
        from generate_series(0, v_sale.lane_count - 1) as l (lane)
        cross join lateral end_due_holds(v_sale.sale_id, l.lane, v_now, p_limit);
        update sales s set retired_at = v_now
        where s.sale_id = v_sale.sale_id
            and not exists (select from stocks k where k.sale_id = s.sale_id and k.held > 0);
        -- The herald looks for lines among the sales that are not retired, and among its own rows.
        insert into webhook_cursors (sale_id, told)
        select v_sale.sale_id, 0 where exists (select from webhook_cursors c where c.sale_id = 0)
        on conflict (sale_id) do nothing;
    elsif found then
        outcome := 'moved';
        perform lock_sale(v_sale.sale_id);
        row_count := archive_rows(v_sale.sale_id, p_limit);
        if row_count < p_limit then
            -- The clock may have been set back since the first step.
            update sales s set archived_at = greatest(v_now, s.retired_at) where s.sale_id = v_sale.sale_id;
            delete from duties d where d.duty = rebuild_of(v_sale.sale_id);
        end if;
    else
        select min(f.sale_id) into v_forgotten from forgotten_sales f;
        if v_forgotten is not null then
            outcome := 'forgotten';
            perform lock_sale(v_forgotten);
            row_count := forget_rows(v_forgotten, p_limit);
            if row_count < p_limit then
                delete from forgotten_sales f where f.sale_id = v_forgotten;
            end if;
        else
            select s.* into v_sale from sales s
            where p_archive_days > 0 and s.archived_at is not null
                and s.ended_at <= v_now - p_archive_days * interval '1 day'
            order by s.ended_at limit 1;
            if found then
                outcome := 'forgotten';
                -- A refund of it, which is logged, comes before or not at all.
                perform lock_sale(v_sale.sale_id);
                insert into forgotten_sales values (v_sale.sale_id);
                delete from sale_events e where e.sale_id = v_sale.sale_id;
                delete from queues q where q.sale_id = v_sale.sale_id;
                delete from stocks k where k.sale_id = v_sale.sale_id;
                delete from webhook_cursors c where c.sale_id = v_sale.sale_id;
                delete from sales s where s.sale_id = v_sale.sale_id;
            end if;
        end if;
    end if;
    perform set_config('flashsale.refund', 'off', true);
    return next;
end $$;
