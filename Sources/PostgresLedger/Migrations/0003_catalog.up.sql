-- The catalog: making sales, and reading them, their items and their stock. No function here takes a sale's lock.

-- A sale as the service reads it.
create view sale_rows as
select sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, epoch from sales;

-- Begins a sale; its items are copied in next. With a fence, only while that scheduler's duty stands (else no row).
create function create_sale(
    p_started_at timestamptz, p_ended_at timestamptz, p_item_count int, p_stock_per_item int, p_taken_max int,
    p_hold_seconds int, p_fence bigint
)
returns int language plpgsql volatile as $$
declare
    v_sale int;
begin
    if p_fence is not null and not fence_stands('scheduler', p_fence) then
        return null;
    end if;
    insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
    values (p_started_at, p_ended_at, p_item_count, p_stock_per_item, p_taken_max, p_hold_seconds)
    returning sale_id into v_sale;
    insert into sweeps (sale_id) values (v_sale);
    return v_sale;
end $$;

-- Makes the units of a sale whose items have been copied in.
create function stock_sale(p_sale int) returns void language plpgsql volatile as $$
begin
    insert into units (sale_id, item, number)
    select s.sale_id, i.item, n.number
    from sales s
    cross join lateral generate_series(1, s.item_count) as i (item)
    cross join lateral generate_series(1, s.stock_per_item) as n (number)
    where s.sale_id = p_sale;
    analyze items;
    analyze units;
end $$;

-- The sales that are on or to come, and those of the last day that still have holds to end.
create function agenda()
returns table (
    sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
    hold_seconds int, epoch int, is_over boolean, read_at timestamptz
)
language sql stable as $$
    -- One row more, without a sale, carries the clock when there is none.
    select s.*, s.ended_at <= now.read_at, now.read_at
    from (select clock_timestamp() as read_at) now
    left join lateral (
        select r.* from sale_rows r
        where r.ended_at > now.read_at
            or r.ended_at > now.read_at - interval '1 day' and exists (
                select from holds h join sweeps w on w.sale_id = r.sale_id
                where h.sale_id = r.sale_id and h.hold_id > w.hold_id and h.ended_at is null
            )
    ) s on true
    order by s.started_at
$$;

-- A page of items by number, with how many units of each are free and sold.
create function items_page(p_sale int, p_after int, p_limit int)
returns table (item int, name text, price_minor bigint, currency text, available int, sold int)
language sql stable as $$
    select i.item, i.name, i.price_minor, i.currency, u.available, u.sold
    from (
        select x.* from items x where x.sale_id = p_sale and x.item > p_after order by x.item limit p_limit
    ) i
    cross join lateral (
        select count(*) filter (where y.hold_id is null and y.order_number is null)::int as available,
            count(y.order_number)::int as sold
        from units y where y.sale_id = p_sale and y.item = i.item
    ) u
    order by i.item
$$;

-- How many units of a sale are free, held and sold.
create function stock_count(p_sale int)
returns table (free bigint, held bigint, sold bigint) language sql stable as $$
    select count(*) filter (where hold_id is null and order_number is null), count(hold_id), count(order_number)
    from units where sale_id = p_sale
$$;

-- The units of some items that are not free: sold, or held with the hold.
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

-- What the buyers of a sale have bought, those who have.
create function buyers_snapshot(p_sale int)
returns table (user_id text, bought int) language sql stable as $$
    select b.user_id, b.bought from buyers b where b.sale_id = p_sale and b.bought > 0
$$;
