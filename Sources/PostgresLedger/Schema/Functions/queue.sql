-- queue: the functions of the waiting room. The draw, the calls, and what instances have counted.

-- Gives a sale a waiting room, with a seed that nobody knows yet.
create function open_queue(p_sale int, p_gather_seconds int) returns void language sql volatile as $$
    insert into queues (sale_id, gather_seconds, seed)
    values (
        p_sale, p_gather_seconds,
        encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex')
    )
$$;

-- How a line stands. No row if the sale has no waiting room; no seed before the draw is published. Steps that are to
-- come are those from before the clock was set back. Nobody waits any more for those that they called.
create function queue_state(p_sale int)
returns table (
    commit text, seed text, ticket_count int, called int, gathered int, late int, came int, sheds bigint,
    free int, held int, sold int, cohorts int[], lasts int[], cohort_called int[], cohort_shown int[],
    pace text, share text, seen_sheds bigint, stepped_at timestamptz, called_at timestamptz,
    read_at timestamptz
)
language sql stable as $$
    select encode(sha256(convert_to(q.seed, 'UTF8')), 'hex'), case when q.ticket_count is not null then q.seed end,
        q.ticket_count, q.called, r.gathered, r.late, r.came, r.sheds, k.free::int, k.held::int, k.sold::int, c.cohorts,
        c.lasts,
        c.called, c.shown, q.pace::text, q.share::text, q.sheds, q.stepped_at, q.called_at, now.read_at
    from (select clock_timestamp() as read_at) now
    join queues q on q.sale_id = p_sale
    cross join stock_count(p_sale) k
    cross join lateral (
        select coalesce(sum(x.gathered), 0)::int as gathered, coalesce(sum(x.late), 0)::int as late,
            coalesce(sum(x.came), 0)::int as came, coalesce(sum(x.sheds), 0)::bigint as sheds
        from queue_reports x where x.sale_id = p_sale
    ) r
    cross join lateral (
        select coalesce(array_agg(g.cohort order by g.cohort), '{}') as cohorts,
            coalesce(array_agg(g.last order by g.cohort), '{}') as lasts,
            coalesce(array_agg(g.called order by g.cohort), '{}') as called,
            coalesce(array_agg(g.shown order by g.cohort), '{}') as shown
        from (
            select x.cohort, max(x.called) as last, sum(x.step)::int as called, (
                select coalesce(sum(w.shown), 0)::int from queue_shown w
                where w.sale_id = p_sale and w.cohort = x.cohort
            ) as shown
            from queue_steps x
            where x.sale_id = p_sale and x.step > 0
                and x.stepped_at > now.read_at - interval '80 seconds' and x.stepped_at <= now.read_at
            group by x.cohort
        ) g
    ) c
$$;

-- Replaces what an instance has counted in a sale.
create function report_queue(
    p_sale int, p_instance bigint, p_gathered int, p_late int, p_came int, p_sheds bigint, p_cohorts int[],
    p_shown int[]
)
returns void language sql volatile as $$
    insert into queue_reports as r (sale_id, instance, gathered, late, came, sheds)
    values (p_sale, p_instance, p_gathered, p_late, p_came, p_sheds)
    on conflict (sale_id, instance) do update
    set gathered = excluded.gathered, late = excluded.late, came = excluded.came, sheds = excluded.sheds;
    insert into queue_shown as w (sale_id, cohort, instance, shown)
    select p_sale, x.cohort, p_instance, x.shown from unnest(p_cohorts, p_shown) as x (cohort, shown)
    on conflict (sale_id, cohort, instance) do update set shown = excluded.shown where w.shown <> excluded.shown
$$;

-- Fixes the count of tickets, from half a second after the start on: until then instances report what they have. False
-- if the fence is stale.
create function publish_draw(p_sale int, p_fence bigint) returns boolean language plpgsql volatile as $$
begin
    if not fence_stands('usher', p_fence) then
        return false;
    end if;
    update queues q
    set ticket_count = (select coalesce(sum(r.gathered), 0) from queue_reports r where r.sale_id = p_sale)
    from sales s
    where q.sale_id = p_sale and q.ticket_count is null and s.sale_id = p_sale
        and s.started_at + interval '500 milliseconds' <= clock_timestamp();
    return true;
end $$;

-- Calls the next numbers, from where the usher has seen the line. False if the line is elsewhere or the fence is stale.
create function call_numbers(
    p_sale int, p_fence bigint, p_from int, p_step int, p_last_number int, p_free int, p_pending double precision,
    p_units_per_cart double precision, p_pace double precision, p_next_pace double precision, p_share double precision,
    p_seconds double precision, p_is_nudge boolean, p_sheds bigint
)
returns boolean language plpgsql volatile as $$
declare
    v_now timestamptz := clock_timestamp();
begin
    update queues q
    set called = q.called + p_step, pace = p_next_pace, share = p_share, sheds = p_sheds, stepped_at = v_now,
        called_at = case when p_step > 0 then v_now else q.called_at end
    where q.sale_id = p_sale and q.called = p_from and q.ticket_count is not null and fence_stands('usher', p_fence);
    if not found then
        return false;
    end if;
    insert into queue_steps (
        sale_id, stepped_at, cohort, called, step, last_number, free, pending, units_per_cart, pace, share, seconds,
        is_nudge
    )
    select p_sale, v_now, greatest(0, floor(extract(epoch from v_now - s.started_at) / 5))::int, p_from + p_step,
        p_step, p_last_number, p_free, p_pending, p_units_per_cart, p_pace, p_share, p_seconds, p_is_nudge
    from sales s where s.sale_id = p_sale;
    return true;
end $$;

-- The two newest keys, the one that signs first. A new key signs from two seconds on, when every instance knows it.
create function ticket_keys() returns table (key_id int, secret text) language sql volatile as $$
    select k.key_id, encode(k.secret, 'hex')
    from (select x.* from service_keys x order by x.key_id desc limit 2) k
    order by k.made_at <= clock_timestamp() - interval '2 seconds' desc, k.key_id desc
$$;

-- Makes a new key. Tickets of the key before it still count, tickets of older keys do not any more.
create function rotate_ticket_key() returns int language sql volatile as $$
    delete from service_keys where key_id < (select max(k.key_id) from service_keys k);
    insert into service_keys (secret) values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
    returning key_id
$$;

-- Holds units for buyers that were called: ledger_record, and the cart keeps the number of its first checkout.
create function ledger_record_called(
    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[], p_key text[],
    p_reserved uuid[], p_queue int[], p_lane int default 0, p_is_whole boolean default true
)
returns table (
    place int, outcome text, item int, number int, code uuid, user_id text, items_count int, expires_at timestamptz,
    age_ms int
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
begin
    return query
    select r.*
    from ledger_record(
        p_sale, p_request, p_user, p_item, p_number, p_candidate, p_key, p_reserved, p_lane, p_is_whole) r;
    update checkouts c set queue_number = x.queue_number
    from unnest(p_user, p_queue) as x (user_id, queue_number)
    cross join lateral (
        select b.code from buyers b where b.sale_id = p_sale and b.user_id = x.user_id and b.held > 0 limit 1
    ) b
    cross join lateral (
        select y.ctid as place from checkouts y
        where y.sale_id = p_sale and y.code = b.code and y.queue_number is null limit 1
    ) f
    where c.ctid = f.place and x.queue_number is not null;
end $$;
