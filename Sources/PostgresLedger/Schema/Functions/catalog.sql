-- The catalog: creates sales, and reads them, their items and their stock. No function here takes a sale's lock.

-- Creates a sale; its items are copied in next. With a fence, it does so only while that fence of the scheduler stands,
-- and else returns null. 0 if the shop's sales are in another pod.
create function create_sale(
    p_started_at timestamptz, p_ended_at timestamptz, p_item_count int, p_stock_per_item int, p_taken_max int,
    p_hold_seconds int, p_fence bigint, p_lapses_max int default null, p_lane_count int default 1,
    p_shop text default 'main'
)
returns int language plpgsql volatile as $$
declare
    v_sale int;
begin
    if p_fence is not null and not fence_stands('scheduler', p_fence) then
        return null;
    end if;
    if coalesce((select p.pod from shop_placements p where p.shop = p_shop), 0) <> (select l.pod from ledger l) then
        return 0;
    end if;
    insert into sales (
        started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, lapses_max, lane_count, shop
    )
    values (
        p_started_at, p_ended_at, p_item_count, p_stock_per_item, p_taken_max, p_hold_seconds, p_lapses_max,
        p_lane_count, p_shop
    )
    returning sale_id into v_sale;
    insert into stocks (sale_id, lane) select v_sale, l.lane from generate_series(0, p_lane_count - 1) as l (lane);
    return v_sale;
end $$;

-- A sale; no row if there is none.
create function find_sale(p_sale int)
returns table (
    sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
    hold_seconds int, epoch int, version int, pause text, gather_seconds int, lane_count int,
    shop text, room_pace int
)
language sql stable as $$
    select r.* from sales s cross join lateral sale_row(s) r where s.sale_id = p_sale
$$;

-- The sales that are on or to come, and those that are over and still have live holds (is_over). If there are none, one
-- row without a sale still carries the clock. Each row has the latest sale of all, so that an id beyond it needs no
-- look-up.
create function agenda()
returns table (
    sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
    hold_seconds int, epoch int, is_over boolean, read_at timestamptz, latest int, version int, pause text,
    gather_seconds int, lane_count int, shop text, room_pace int
)
language sql stable
set enable_seqscan = off as $$
    select s.sale_id, s.started_at, s.ended_at, s.item_count, s.stock_per_item, s.taken_max, s.hold_seconds, s.epoch,
        s.ended_at <= now.read_at, now.read_at, (select max(y.sale_id) from sales y), s.version, s.pause,
        s.gather_seconds, s.lane_count, s.shop, s.room_pace
    from (select clock_timestamp() as read_at) now
    left join lateral (
        select r.*
        from (
            select x as sale from sales x where x.ended_at > now.read_at
            union all
            select x from sales x
            where x.archived_at is null and x.retired_at is null and x.ended_at <= now.read_at
                and (select true from stocks k where k.sale_id = x.sale_id and k.held > 0 limit 1)
        ) o
        cross join lateral sale_row(o.sale) r
    ) s on true
    order by s.started_at
$$;

-- A page of a sale's items by number, with how many units of each are free and sold. Those of a sale that has ended may
-- be in the archive. The counts of items stay; units are counted where there are none: where an item has one unit, or
-- its sale left before counts stayed.
create function items_page(p_sale int, p_after int, p_limit int)
returns table (item int, name text, price_minor bigint, currency text, available int, sold int)
language sql stable as $$
    select i.item, i.name, i.price_minor, i.currency, k.free, k.sold
    from (
        select x.* from items x where x.sale_id = p_sale and x.item > p_after order by x.item limit p_limit
    ) i
    cross join lateral item_stock(p_sale, i.item) k
    union all
    select i.item, i.name, i.price_minor, i.currency, s.stock_per_item - n.sold, n.sold
    from (
        select x.* from archived_items x where x.sale_id = p_sale and x.item > p_after order by x.item limit p_limit
    ) i
    join sales s on s.sale_id = p_sale
    cross join lateral (
        select coalesce(
            (select sum(k.sold) from item_stocks k where k.sale_id = p_sale and k.item = i.item),
            (select count(*) from all_units u where u.sale_id = p_sale and u.item = i.item)
        )::int as sold
    ) n
    order by 1 limit p_limit
$$;
