-- Cancellations have names, as checkouts and purchases do: one whose answer was lost at COMMIT is run again, and must
-- be told what it gave back, not that it is too late. What a checkout or a purchase made stands in the ledger with its
-- request; a cancellation only takes away, so what it took is kept here.

-- What each cancellation gave back, and how many units its cart still held.
create table cancellations (
    sale_id int not null,
    request uuid not null,
    code uuid not null,
    user_id text not null,
    items int[] not null,
    numbers int[] not null,
    items_left int not null,
    ages_ms int[] not null,
    constraint cancellations_once primary key (sale_id, request)
);

-- release: gives back one item of each open cart, or all of it (item null), for the requests that were not run before.
--
-- Outcomes are those of the function of three arguments, which decides: released (also where this very request was run
-- before), ordered, expired, unknown, absent, again. It stays callable for instances of an older build.
create function ledger_release(p_sale int, p_request uuid[], p_code uuid[], p_item int[])
returns table (
    place int, outcome text, code uuid, user_id text, items int[], numbers int[], items_left int, ages_ms int[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    -- The requests that are new, and where they stand in the batch.
    v_place int[];
    v_request uuid[];
    v_code uuid[];
    v_item int[];
begin
    perform lock_sale(p_sale);

    return query
    select r.place::int, 'released', c.code, c.user_id, c.items, c.numbers, c.items_left, c.ages_ms
    from unnest(p_request) with ordinality as r (request, place)
    cross join lateral (
        select x.* from cancellations x where x.sale_id = p_sale and x.request = r.request limit 1
    ) c;

    select array_agg(r.place::int order by r.place), array_agg(r.request order by r.place),
        array_agg(r.code order by r.place), array_agg(r.item order by r.place)
    into v_place, v_request, v_code, v_item
    from unnest(p_request, p_code, p_item) with ordinality as r (request, code, item, place)
    left join lateral (
        select x.request from cancellations x where x.sale_id = p_sale and x.request = r.request limit 1
    ) c on true
    where c.request is null;

    return query
    with answers as materialized (
        select v_place[r.place] as place, v_request[r.place] as request, r.outcome, r.code, r.user_id, r.items,
            r.numbers, r.items_left, r.ages_ms
        from ledger_release(p_sale, v_code, v_item) r
    ), kept as (
        insert into cancellations (sale_id, request, code, user_id, items, numbers, items_left, ages_ms)
        select p_sale, a.request, a.code, a.user_id, a.items, a.numbers, a.items_left, a.ages_ms
        from answers a where a.outcome = 'released'
    )
    select a.place, a.outcome, a.code, a.user_id, a.items, a.numbers, a.items_left, a.ages_ms from answers a;
end $$;
