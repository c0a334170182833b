-- How a batch that runs beside other lanes claims what the gate has reserved.

-- The units of requests that the sale has, under the codes of the buyers' open carts or of new ones.
create function units_asked_for(
    p_sale sales, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[]
)
returns table (item int, number int, code uuid, request uuid) language sql stable as $$
    select r.item, r.number, coalesce(b.code, r.candidate), r.request
    from unnest(p_request, p_user, p_item, p_number, p_candidate) as r (request, user_id, item, number, candidate)
    left join lateral (
        select x.code from buyers x
        where x.sale_id = p_sale.sale_id and x.user_id = r.user_id and x.held > 0 limit 1
    ) b on true
    where r.item between 1 and p_sale.item_count and r.number between 1 and p_sale.stock_per_item
$$;

-- Takes all of them at once, and returns the requests that have theirs; nothing while the sale is not on.
--
-- Only here lanes wait for each other. Units are taken in their order, so each lane waits for a higher unit than those
-- that it has. Before, it gives nothing back for which another lane could wait. So no two lanes wait for each other.
--
-- Usually nobody else has taken one of these units, and to ask before costs each row as much as a look-up. So it is
-- tried without, and only if that fails those that are left are taken.
create function claim_units(
    p_sale sales, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[],
    p_now timestamptz, p_expires_at timestamptz
)
returns uuid[] language plpgsql volatile as $$
declare
    v_claimed uuid[];
begin
    if p_now < p_sale.started_at or p_now >= p_sale.ended_at or p_sale.paused_at is not null then
        return '{}';
    end if;
    begin
        with claims as (
            insert into units (sale_id, item, number, code, request, held_at, expires_at)
            select p_sale.sale_id, a.item, a.number, a.code, a.request, p_now, p_expires_at
            from units_asked_for(p_sale, p_request, p_user, p_item, p_number, p_candidate) a
            order by a.item, a.number
            returning request
        )
        select array_agg(c.request) into v_claimed from claims c;
    exception when unique_violation then
        with claims as (
            insert into units (sale_id, item, number, code, request, held_at, expires_at)
            select p_sale.sale_id, a.item, a.number, a.code, a.request, p_now, p_expires_at
            from units_asked_for(p_sale, p_request, p_user, p_item, p_number, p_candidate) a
            order by a.item, a.number
            on conflict do nothing
            returning request
        )
        select array_agg(c.request) into v_claimed from claims c;
    end;
    return coalesce(v_claimed, '{}');
end $$;
