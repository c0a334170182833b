-- What a load of the gate reads: units that are not free, and what buyers have bought.

-- The units of a sale that are not free: sold, or held, with the hold.
--
-- A load runs at the height of a rush, and buyers go the long way until it is done. So this reads three tables once and
-- joins them by hash. Postgres would choose otherwise, because its statistics still say that all units are free. It
-- reads only holds that the sweeper has not passed, and finds a hold's buyer by the open cart: both are few.
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

-- The buyers of a sale who have bought something, and how many units.
create function buyers_snapshot(p_sale int)
returns table (user_id text, bought int) language sql stable as $$
    select b.user_id, b.bought from buyers b where b.sale_id = p_sale and b.bought > 0
$$;
