-- Which instances of the service there are.

-- How long an instance may be silent before it is gone.
create function instance_silence() returns interval language sql immutable as $$
    select interval '5 seconds'
$$;

-- Says that an instance is there, and removes those that have been silent for too long.
create function beat_instance(
    p_instance text, p_name text, p_api text, p_ops text, p_build text, p_started timestamptz
)
returns void language sql volatile as $$
    delete from instances i using (
        select x.instance from instances x
        where x.seen_at < clock_timestamp() - instance_silence() and x.instance <> p_instance
        for update skip locked
    ) gone
    where i.instance = gone.instance;
    insert into instances as i values (p_instance, p_name, p_api, p_ops, p_build, p_started, clock_timestamp())
    on conflict (instance) do update
    set name = excluded.name, api_url = excluded.api_url, ops_url = excluded.ops_url, build = excluded.build,
        started_at = excluded.started_at, seen_at = excluded.seen_at
$$;

-- The instances that are there, at most so many.
create function known_instances(p_max int)
returns table (instance text, name text, api_url text, ops_url text, build text, started_at timestamptz)
language sql volatile as $$
    select i.instance, i.name, i.api_url, i.ops_url, i.build, i.started_at
    from instances i where i.seen_at >= clock_timestamp() - instance_silence() limit p_max
$$;

create function remove_instance(p_instance text) returns void language sql volatile as $$
    delete from instances where instance = p_instance
$$;
