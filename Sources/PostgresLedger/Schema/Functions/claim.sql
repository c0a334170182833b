-- How a batch that runs beside other lanes claims what the gate has reserved.

-- Takes all units at once, under the codes of the buyers' open carts or of new ones, and returns the requests that have
-- theirs. What the sale does not have is left out, and so is everything while it is not on.
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
            select p_sale.sale_id, r.item, r.number, coalesce(b.code, r.candidate), r.request, p_now, p_expires_at
            from unnest(p_request, p_user, p_item, p_number, p_candidate)
                as r (request, user_id, item, number, candidate)
            left join lateral (
                select x.code from buyers x
                where x.sale_id = p_sale.sale_id and x.user_id = r.user_id and x.held > 0 limit 1
            ) b on true
            where r.item between 1 and p_sale.item_count and r.number between 1 and p_sale.stock_per_item
            order by r.item, r.number
            returning request
        )
        select array_agg(c.request) into v_claimed from claims c;
    exception when unique_violation then
        with claims as (
            insert into units (sale_id, item, number, code, request, held_at, expires_at)
            select p_sale.sale_id, r.item, r.number, coalesce(b.code, r.candidate), r.request, p_now, p_expires_at
            from unnest(p_request, p_user, p_item, p_number, p_candidate)
                as r (request, user_id, item, number, candidate)
            left join lateral (
                select x.code from buyers x
                where x.sale_id = p_sale.sale_id and x.user_id = r.user_id and x.held > 0 limit 1
            ) b on true
            where r.item between 1 and p_sale.item_count and r.number between 1 and p_sale.stock_per_item
            order by r.item, r.number
            on conflict do nothing
            returning request
        )
        select array_agg(c.request) into v_claimed from claims c;
    end;
    return coalesce(v_claimed, '{}');
end $$;
