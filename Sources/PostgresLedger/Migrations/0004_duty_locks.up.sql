-- The duties' locks for when Redis cannot say who has a duty: an advisory lock of a session, which ends with it.
-- A session that holds one is watched by its own idle_session_timeout, so that a hung holder loses it.

-- The second half of a duty's advisory key; 1 and 2 in the first half are the sales' and the migrations'.
create function duty_key(p_duty text) returns int language sql immutable as $$
    select hashtext(p_duty) & 2147483647
$$;

-- Whether a session holds a duty's lock: this very one, or any other.
create function duty_is_locked(p_duty text, p_by_me boolean) returns boolean language sql volatile as $$
    select exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.classid = 3 and l.objid = duty_key(p_duty)::oid and l.objsubid = 2
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.granted and (l.pid = pg_backend_pid()) = p_by_me
    )
$$;

-- Takes a duty under a lock that is kept elsewhere: whoever carries an older fence can write nothing any more.
-- Null while another session has the duty's lock here: two kinds of locks would only take the duty from each other.
create or replace function next_fence(p_duty text) returns bigint language sql volatile as $$
    update duties set fence = fence + 1
    where duty = p_duty and not duty_is_locked(p_duty, false)
    returning fence
$$;

-- Takes a duty for this session. Null while another session has it; else its new fence.
create function take_duty(p_duty text) returns bigint language plpgsql volatile as $$
begin
    if not pg_try_advisory_lock(3, duty_key(p_duty)) then
        return null;
    end if;
    return next_fence(p_duty);
end $$;

-- Whether this very session still has the duty, and nobody has taken it with a newer fence.
create function keeps_duty(p_duty text, p_fence bigint) returns boolean language sql volatile as $$
    select duty_is_locked(p_duty, true) and exists (select from duties where duty = p_duty and fence = p_fence)
$$;
