-- sale_change: the function of operators. A sale's log.

-- How far a sale is paused: holds (no new ones), all (no purchases either), or null.
create function sale_pause(p_sale sales) returns text language sql immutable as $$
    select case
        when p_sale.purchases_paused_at is not null then 'all'
        when p_sale.paused_at is not null then 'holds'
    end
$$;

-- What the service reads of a sale.
create function sale_row(p_sale sales)
returns table (
    sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
    hold_seconds int, epoch int, version int, pause text, gather_seconds int, lane_count int,
    shop text, room_pace int
)
language sql stable as $$
    select p_sale.sale_id, p_sale.started_at, p_sale.ended_at, p_sale.item_count, p_sale.stock_per_item,
        p_sale.taken_max, p_sale.hold_seconds, p_sale.epoch, p_sale.version, sale_pause(p_sale),
        (select q.gather_seconds from queues q where q.sale_id = p_sale.sale_id), p_sale.lane_count::int,
        p_sale.shop, p_sale.room_pace
$$;

-- Changes a sale, if its version is still the one that the caller has seen (null: whatever it is), and returns the
-- sale. The table's trigger gives the change its version and its line in sale_events.
--
-- Acts: pause_holds (no new holds), pause_all (no purchases either), resume, end (now), set_end (p_ended_at), restock
-- (p_number units of each item), limit (p_number units of each buyer), pace (p_number buyers are called a second; null:
-- the usher finds how many), price (p_price of the item p_number), refund (of the order p_code, of a sale of any age:
-- its items p_items, or all that are sold still). Holds keep their ends, but those of a sale whose purchases were
-- paused, and their prices. With a later end the epoch rises, because the gate's keys expire with the sale, and with
-- another stock or a refund, because the gate has to be loaded anew.
-- Outcomes:
--   changed   the sale is so, since now or since before
--   replayed  the key has its outcome: the sale as that change left it
--   reused    the key belongs to another change
--   stale     the version has moved
--   inactive  the sale is not on, so it cannot end; or it is over, so nothing but its end can be changed; or it has
--             left the ledger
--   bad_end   the new end is not to come, not after the start, or more than 31 days after it
--   in_use    units beyond the new stock are held or sold
--   too_many  a sale has 10,000,000 units at most
--   no_item   the sale does not have the item
--   no_room   the sale has no waiting room
--   no_order  the sale does not have the order
--   not_sold  an item that is asked for, or all of the order, was not sold or is refunded already
--   unknown   there is no such sale
create function sale_change(
    p_sale int, p_version int, p_actor text, p_reason text, p_key text, p_act text, p_ended_at timestamptz default null,
    p_number int default null, p_price bigint default null, p_code uuid default null, p_items int[] default null
)
returns table (
    outcome text, sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int,
    taken_max int, hold_seconds int, epoch int, version int, pause text, gather_seconds int, lane_count int,
    shop text, room_pace int
)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_now timestamptz := lock_sale(p_sale);
    v_sale sales;
    v_event sale_events;
    v_refund record;
    v_ended_at timestamptz := case p_act when 'end' then v_now when 'set_end' then p_ended_at end;
    v_outcome text;
begin
    select * into v_sale from sales s where s.sale_id = p_sale;
    select * into v_event from sale_events e where e.sale_id = p_sale and e.idempotency_key = p_key;
    select * into v_refund from refundable(p_sale, p_code, p_items) r;
    v_outcome := case
        when v_sale.sale_id is null then 'unknown'
        when v_event.act = p_act and case p_act
                when 'set_end' then (v_event.after->>'ended_at')::timestamptz = p_ended_at
                when 'restock' then (v_event.after->>'stock_per_item')::int = p_number
                when 'limit' then (v_event.after->>'taken_max')::int = p_number
                when 'pace' then (v_event.after->>'room_pace')::int is not distinct from p_number
                when 'price' then v_event.details @> jsonb_build_object('item', p_number, 'price_minor', p_price)
                when 'refund' then v_refund.items is null and v_event.details @> jsonb_build_object(
                    'order', v_refund.order_number, 'items', coalesce(p_items, '{}'))
                else true
            end then 'replayed'
        when v_event.act is not null then 'reused'
        when v_sale.version <> p_version then 'stale'
        when p_act = 'refund' and v_refund.order_number is null then 'no_order'
        when p_act = 'refund' and v_refund.items is null then 'not_sold'
        when p_act = 'refund' and not v_refund.items @> coalesce(p_items, '{}') then 'not_sold'
        when p_act = 'refund' then 'changed'
        when v_sale.retired_at is not null then 'inactive'
        when p_act = 'end' and v_sale.started_at >= v_now then 'inactive'
        when p_act not in ('resume', 'set_end') and v_sale.ended_at <= v_now then 'inactive'
        when p_act = 'set_end' and p_ended_at <= greatest(v_now, v_sale.started_at) then 'bad_end'
        when p_act = 'set_end' and p_ended_at > v_sale.started_at + interval '31 days' then 'bad_end'
        when p_act = 'restock' and p_number::bigint * v_sale.item_count > 10000000 then 'too_many'
        when p_act = 'restock' and p_number < v_sale.stock_per_item
            and exists (
                select from items i
                cross join lateral (
                    select from units u where u.sale_id = p_sale and u.item = i.item and u.number > p_number limit 1
                ) u
                where i.sale_id = p_sale
            ) then 'in_use'
        when p_act = 'price' and not exists (select from items i where i.sale_id = p_sale and i.item = p_number)
            then 'no_item'
        when p_act = 'pace' and not exists (select from queues q where q.sale_id = p_sale) then 'no_room'
        when p_act in ('pause_holds', 'pause_all', 'resume', 'end', 'set_end', 'restock', 'limit', 'pace', 'price')
            then 'changed'
    end;
    if v_outcome = 'changed' then
        perform set_config('flashsale.act', p_act, true), set_config('flashsale.actor', p_actor, true),
            set_config('flashsale.reason', p_reason, true), set_config('flashsale.key', coalesce(p_key, ''), true);
        update sales s
        set ended_at = coalesce(v_ended_at, s.ended_at),
            stock_per_item = case p_act when 'restock' then p_number else s.stock_per_item end,
            taken_max = case p_act when 'limit' then p_number else s.taken_max end,
            -- It is never below the limit, which may be held at once.
            lapses_max = case
                when p_act = 'limit' and s.lapses_max < p_number then p_number
                else s.lapses_max
            end,
            room_pace = case p_act when 'pace' then p_number else s.room_pace end,
            epoch = s.epoch
                + coalesce(v_ended_at > s.ended_at or p_act = 'restock' and p_number <> s.stock_per_item, false)::int,
            paused_at = case
                when p_act in ('pause_holds', 'pause_all') then coalesce(s.paused_at, v_now)
                when p_act <> 'resume' then s.paused_at
            end,
            purchases_paused_at = case
                when p_act = 'pause_all' then coalesce(s.purchases_paused_at, v_now)
                when p_act not in ('pause_holds', 'resume') then s.purchases_paused_at
            end
        where s.sale_id = p_sale
        returning * into v_sale;
        if p_act = 'price' then
            update items set price_minor = p_price where sale_id = p_sale and item = p_number;
            select * into v_sale from sales s where s.sale_id = p_sale;
        elsif p_act = 'refund' then
            perform refund_units(p_sale, v_refund.order_number, v_refund.items, v_refund.numbers);
            select * into v_sale from sales s where s.sale_id = p_sale;
        end if;
        perform set_config('flashsale.act', '', true), set_config('flashsale.actor', '', true),
            set_config('flashsale.reason', '', true), set_config('flashsale.key', '', true);
    elsif v_outcome = 'replayed' then
        v_sale := jsonb_populate_record(v_sale, v_event.after || jsonb_build_object('version', v_event.version));
    end if;
    return query select v_outcome, r.* from sale_row(v_sale) r;
end $$;

-- The changes of a sale after a version, oldest first, each with the sale before it and after it, and with the item
-- whose price it changed, or the order that it refunded, its items and how much.
create function sale_log(p_sale int, p_after int, p_limit int)
returns table (
    act text, actor text, reason text, changed_at timestamptz,
    before_sale_id int, before_started_at timestamptz, before_ended_at timestamptz, before_item_count int,
    before_stock_per_item int, before_taken_max int, before_hold_seconds int, before_epoch int, before_version int,
    before_pause text, before_gather_seconds int, before_lane_count int, before_shop text, before_room_pace int,
    sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
    hold_seconds int, epoch int, version int, pause text, gather_seconds int, lane_count int,
    shop text, room_pace int, priced_item int, former_minor bigint, price_minor bigint, currency text,
    order_number bigint, items int[], refunded_minor bigint
)
language sql stable as $$
    select e.act, e.actor, e.reason, e.changed_at, b.*, a.*, (e.details->>'item')::int,
        (e.details->>'former_minor')::bigint, (e.details->>'price_minor')::bigint, e.details->>'currency',
        (e.details->>'order')::bigint,
        (select array_agg(i::int) from jsonb_array_elements_text(e.details->'items') i),
        (e.details->>'refunded_minor')::bigint
    from sale_events e
    join sales s on s.sale_id = e.sale_id
    cross join lateral sale_row(jsonb_populate_record(s, e.before || jsonb_build_object('version', e.version - 1))) b
    cross join lateral sale_row(jsonb_populate_record(s, e.after || jsonb_build_object('version', e.version))) a
    where e.sale_id = p_sale and e.version > p_after
    order by e.version limit p_limit
$$;
