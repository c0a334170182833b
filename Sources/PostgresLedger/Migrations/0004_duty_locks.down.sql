-- Takes back the duties' locks; fences are given to whoever asks, as before.
drop function keeps_duty(text, bigint);
drop function take_duty(text);

create or replace function next_fence(p_duty text) returns bigint language sql volatile as $$
    update duties set fence = fence + 1 where duty = p_duty returning fence
$$;

drop function duty_is_locked(text, boolean);
drop function duty_key(text);
