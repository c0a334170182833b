-- The sale's lock, and time as the ledger counts it.

-- Waits until no other batch of the sale is at work, then reads the clock. The lock lasts until the transaction ends.
--
-- Every function that writes begins with it. Its later statements then see all that was committed before, and no other
-- batch of the sale runs beside it: no deadlock, no retry, no lost update.
--
-- The first key of each advisory lock of the ledger is the number that Postgres gave the table of what is locked. No
-- two tables of a database share it, so two ledgers in one database never wait for each other.
create function lock_sale(p_sale int) returns timestamptz language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock('sales'::regclass::oid::int, p_sale);
    return clock_timestamp();
end $$;

-- How long a hold stays its holder's after its time is over.
create function hold_grace() returns interval language sql immutable as $$ select interval '500 milliseconds' $$;

-- How old a hold was when it ended. Not negative if the clock was set back, and at most what fits (24 days).
create function age_ms(p_held_at timestamptz, p_ended_at timestamptz) returns int language sql immutable as $$
    select least(greatest(date_part('epoch', p_ended_at - p_held_at) * 1000, 0), 2147483647)::int
$$;
