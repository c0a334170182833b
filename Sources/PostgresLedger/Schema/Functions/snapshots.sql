-- What a load of the gate reads: units that are taken, and what buyers have bought.

-- The units of a sale that are taken: sold, or held, with the hold.
--
-- A load runs at the height of a rush, and buyers go the long way until it is done. So this reads two tables once and
-- joins them by hash. Postgres might choose otherwise, because its statistics are of before the rush.
create function sale_snapshot(p_sale int)
returns table (item int, number int, is_sold boolean, code uuid, user_id text, expires_at timestamptz)
language sql stable set enable_nestloop = off set enable_mergejoin = off set jit = off set work_mem = '32MB' as $$
    select u.item, u.number, u.order_number is not null, u.code, b.user_id, u.expires_at
    from units u
    left join buyers b on b.sale_id = p_sale and b.held > 0 and b.code = u.code and u.order_number is null
    where u.sale_id = p_sale
$$;

-- The buyers of a sale who have bought something, and how many units.
create function buyers_snapshot(p_sale int)
returns table (user_id text, bought int) language sql stable as $$
    select b.user_id, b.bought from buyers b where b.sale_id = p_sale and b.bought > 0
$$;
