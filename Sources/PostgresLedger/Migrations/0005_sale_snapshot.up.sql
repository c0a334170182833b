-- What a load of the gate reads. A rebuild runs at the height of a rush, and every moment of it buyers go the long way:
-- so it reads three tables once and joins them by hash, where stock_snapshot, which looks at a window of a sale, asks
-- two indexes for each unit. Postgres would do the same here, for it still thinks that all units are free.

-- The units of a sale that are not free: sold, or held with the hold. Only live holds are read, which lie after those
-- that the sweeper has passed, and buyers by their one open cart instead of all carts that ever were.
create function sale_snapshot(p_sale int)
returns table (item int, number int, is_sold boolean, code uuid, user_id text, expires_at timestamptz)
language sql stable set enable_nestloop = off set jit = off set work_mem = '32MB' as $$
    select u.item, u.number, u.order_number is not null, h.code, b.user_id, h.expires_at
    from units u
    left join holds h on h.sale_id = p_sale and h.hold_id = u.hold_id
        and h.hold_id > coalesce((select s.hold_id from sweeps s where s.sale_id = p_sale), 0)
    left join buyers b on b.sale_id = p_sale and b.open_code = h.code
    where u.sale_id = p_sale and (u.hold_id is not null or u.order_number is not null)
$$;
