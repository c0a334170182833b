-- The sale's lock, the wait for standbys, and time as the ledger counts it.

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

-- Waits until no other batch of the sale is at work, then reads the clock. The lock lasts until the transaction ends.
--
-- Every function that writes begins with it, and tells nothing that a failover loses. Its later statements then see all
-- that was committed before, and no other batch of the sale runs beside it: no deadlock, no retry, no lost update.
--
-- The first key of each advisory lock of the ledger is the number that Postgres gave the table of what is locked. No
-- two tables of a database share it, so two ledgers in one database never wait for each other.
create function lock_sale(p_sale int) returns timestamptz language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock('sales'::regclass::oid::int, p_sale);
    perform wait_for_standbys();
    return clock_timestamp();
end $$;

-- How long a hold stays its holder's after its time is over.
create function hold_grace() returns interval language sql immutable as $$ select interval '500 milliseconds' $$;

-- From which age on a hold that its buyer gives back has kept its unit from others: it counts as a lapse.
create function lapse_age() returns interval language sql immutable as $$ select interval '10 seconds' $$;

-- How old a hold was when it ended. Not negative if the clock was set back, and at most what fits (24 days).
create function age_ms(p_held_at timestamptz, p_ended_at timestamptz) returns int language sql immutable as $$
    select least(greatest(date_part('epoch', p_ended_at - p_held_at) * 1000, 0), 2147483647)::int
$$;
