-- The duties' fences, and their locks for when Redis cannot say which instance has a duty.
--
-- A lock here is an advisory lock of a session and ends with it. The session has an idle_session_timeout, so that an
-- instance that hangs loses the duty.

-- The second key of a duty's advisory lock. The first is the number of the table `duties`.
create function duty_key(p_duty text) returns int language sql immutable as $$
    select hashtext(p_duty) & 2147483647
$$;

-- Whether a session has a duty's lock: this session, or another one.
create function duty_is_locked(p_duty text, p_by_me boolean) returns boolean language sql volatile as $$
    select exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.objsubid = 2
            and l.classid = 'duties'::regclass and l.objid = duty_key(p_duty)::oid
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.granted and (l.pid = pg_backend_pid()) = p_by_me
    )
$$;

-- Raises a duty's fence, for a lease that Redis keeps. From now on, writes with an older fence change nothing. Null
-- while another session has the duty's lock here: two kinds of locks would only take the duty from each other. The
-- first lease of a duty that a table file does not know makes its row.
create function next_fence(p_duty text) returns bigint language sql volatile as $$
    insert into duties as d (duty, fence)
    select p_duty, 1 where not duty_is_locked(p_duty, false)
    on conflict (duty) do update set fence = d.fence + 1
    returning d.fence
$$;

-- Whether a fence is still the newest of its duty. The answer holds until the transaction ends.
create function fence_stands(p_duty text, p_fence bigint) returns boolean language sql volatile as $$
    select exists (select from duties where duty = p_duty and fence = p_fence for share)
$$;

-- Locks a duty for this session and raises its fence. Null while another session has it.
create function take_duty(p_duty text) returns bigint language plpgsql volatile as $$
begin
    if not pg_try_advisory_lock('duties'::regclass::oid::int, duty_key(p_duty)) then
        return null;
    end if;
    return next_fence(p_duty);
end $$;

-- Whether this session still has the duty's lock, and its fence is the newest.
create function keeps_duty(p_duty text, p_fence bigint) returns boolean language sql volatile as $$
    select duty_is_locked(p_duty, true) and exists (select from duties where duty = p_duty and fence = p_fence)
$$;

-- The duty to rebuild a sale's gate: one for each sale, so that no sale's rebuild makes another's stale.
create function rebuild_of(p_sale int) returns text language sql immutable as $$
    select 'rebuild/' || p_sale
$$;

-- Raises a sale's epoch from the one that the rebuild has seen, at most every 500 ms. Null if it may not. A clock that
-- was set back does not keep the gate away until it has made up.
create function raise_epoch(p_sale int, p_seen int, p_fence bigint) returns int language sql volatile as $$
    update sales set epoch = epoch + 1, epoch_raised_at = clock_timestamp()
    where sale_id = p_sale and epoch = p_seen and fence_stands(rebuild_of(p_sale), p_fence)
        and epoch_raised_at not between clock_timestamp() - interval '500 milliseconds' and clock_timestamp()
    returning epoch
$$;
