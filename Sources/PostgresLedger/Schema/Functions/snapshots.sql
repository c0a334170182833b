-- What the gate's load and the drift check read: units that are not free, and what buyers have bought.

-- The units of a sale that are not free: sold, or held, with the hold. For a load of the gate.
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

-- The same for some items of a sale, for the drift check. It looks up each unit that is not free.
create function stock_snapshot(p_sale int, p_first int, p_last int)
returns table (item int, number int, is_sold boolean, code uuid, user_id text, expires_at timestamptz)
language sql stable as $$
    select u.item, u.number, u.order_number is not null, h.code, c.user_id, h.expires_at
    from units u
    left join lateral (
        select x.code, x.expires_at from holds x where x.sale_id = p_sale and x.hold_id = u.hold_id limit 1
    ) h on true
    left join lateral (
        select x.user_id from checkouts x where x.sale_id = p_sale and x.code = h.code limit 1
    ) c on true
    where u.sale_id = p_sale and u.item between p_first and p_last
        and (u.hold_id is not null or u.order_number is not null)
$$;

-- The buyers of a sale who have bought something, and how many units.
create function buyers_snapshot(p_sale int)
returns table (user_id text, bought int) language sql stable as $$
    select b.user_id, b.bought from buyers b where b.sale_id = p_sale and b.bought > 0
$$;
