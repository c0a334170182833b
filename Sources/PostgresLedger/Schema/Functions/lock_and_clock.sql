-- The locks of a sale and of its lanes, the wait for standbys, and time as the ledger counts it.

-- Lets the caller's transaction wait at its end for the standbys that commits wait for, even if it changes nothing.
--
-- A commit whose wait was broken off stands here, and may not stand there. A second run finds it, changes nothing, and
-- would wait for nobody; what it told would be lost by a failover. So whatever tells of the ledger leaves a mark in the
-- log behind all that it saw.
create function wait_for_standbys() returns void language plpgsql volatile as $$
begin
    if current_setting('synchronous_standby_names') <> '' then
        perform pg_logical_emit_message(true, 'flashsale', '');
    end if;
end $$;

-- Waits until no other batch of a lane is at work, and none that has the whole sale; or for a batch that is to have the
-- whole sale, until none is at work. Then it reads the clock. The locks last until the transaction ends.
--
-- Every function that writes begins with this lock or with `lock_sale`, and tells nothing that a failover loses. Its
-- later statements then see all that was committed before, and no other batch of the lane runs beside it: no deadlock,
-- no retry, no lost update. Batches of other lanes meet it only where both claim a unit: the one statement of
-- `ledger_record` that claims beside other lanes does so in the order of the units: no two lanes wait for each other.
--
-- The first key of each advisory lock of the ledger is the number that Postgres gave the table of what is locked. No
-- two tables of a database share it, so two ledgers in one database never wait for each other. Lanes of different sales
-- may share the second key: they only wait for each other.
create function lock_lane(p_sale int, p_lane int, p_is_whole boolean default false) returns timestamptz
language plpgsql volatile as $$
begin
    if p_is_whole then
        perform pg_advisory_xact_lock('sales'::regclass::oid::int, p_sale);
    else
        perform pg_advisory_xact_lock_shared('sales'::regclass::oid::int, p_sale),
            pg_advisory_xact_lock('stocks'::regclass::oid::int, ((p_sale::bigint * 64 + p_lane) % 2147483647)::int);
    end if;
    perform wait_for_standbys();
    return clock_timestamp();
end $$;

-- The lock of a sale as a whole: nothing else is at work in it.
create function lock_sale(p_sale int) returns timestamptz language sql volatile as $$
    select lock_lane(p_sale, 0, true)
$$;

-- The lane that a code names: its first byte. The codes of a sale with one lane name none.
create function lane_of(p_code uuid, p_lane_count int) returns int language sql immutable as $$
    select case when p_lane_count > 1 then get_byte(uuid_send(p_code), 0) else 0 end
$$;

-- Refuses a batch that is not of its lane: a program that routes by other rules than ours writes nothing.
create function check_lane(p_sale sales, p_lane int, p_codes uuid[]) returns void language plpgsql immutable as $$
begin
    if p_lane >= p_sale.lane_count or exists (
        select from unnest(p_codes) as c (code) where lane_of(c.code, p_sale.lane_count) <> p_lane
    ) then
        raise exception 'sale % has % lanes, and a batch for lane % is not all of that lane', p_sale.sale_id,
            p_sale.lane_count, p_lane using errcode = 'FS002', constraint = 'batches_keep_to_their_lane';
    end if;
end $$;

-- How long a hold stays its holder's after its time is over.
create function hold_grace() returns interval language sql immutable as $$ select interval '500 milliseconds' $$;

-- From which age on a hold that its buyer gives back has kept its unit from others: it counts as a lapse.
create function lapse_age() returns interval language sql immutable as $$ select interval '10 seconds' $$;

-- How old a hold was when it ended. Not negative if the clock was set back, and at most what fits (24 days).
create function age_ms(p_held_at timestamptz, p_ended_at timestamptz) returns int language sql immutable as $$
    select least(greatest(date_part('epoch', p_ended_at - p_held_at) * 1000, 0), 2147483647)::int
$$;
