-- A database for reports over any number of ledgers, which stay where they are. Run it once, as a superuser, in a
-- database of its own:
--
--     psql "$HUB_URL" -v ON_ERROR_STOP=1 -f hub.sql
--     psql "$HUB_URL" -c "call reporting.follow('main', '10.0.0.1', 5432, 'flashsale', 'flashsale_reports', '…')"
--     psql "$HUB_URL" -c "select reporting.statements('main', '10.0.0.1', 5432, 'flashsale', 'flashsale_reports', '…')"
--
-- `follow` adds a ledger, or gives one another address; `leave` takes one out; `statements` prints what `follow` would
-- do. Each ledger is a schema of foreign tables, and each view of `reporting` has the rows of all of them, with the
-- name of their ledger. Nothing can be written. Members of `flashsale_analyst` read the views.
begin;

create extension if not exists postgres_fdw;
create schema reporting;

do $$ begin
    if to_regrole('flashsale_analyst') is null then create role flashsale_analyst nologin; end if;
end $$;
grant usage on schema reporting to flashsale_analyst;

create table reporting.ledgers (
    name text not null,
    followed_at timestamptz not null default now(),
    constraint ledgers_key primary key (name),
    -- It becomes part of the names of a schema and of a server.
    constraint ledgers_name check (name ~ '^[a-z][a-z0-9_]{0,39}$')
);

-- The views, as each ledger's part of them. An aggregate of one ledger is computed there; one over a view of all rows
-- would fetch every row.
create table reporting.parts (
    view_name text not null,
    -- With %I for the ledger's schema.
    query text not null,
    constraint parts_key primary key (view_name)
);

insert into reporting.parts values
    ('sales', 'select * from %1$I.sales'),
    ('items', 'select * from %1$I.items'),
    ('orders', 'select * from %1$I.orders'),
    ('units', 'select * from %1$I.units'),
    ('ended_holds', 'select * from %1$I.ended_holds'),
    ('revenue_by_day',
        'select day, currency, count(*) as orders, sum(total_minor) as revenue_minor from %1$I.orders group by 1, 2'),
    ('sell_through',
        'select s.sale_id, s.started_at, s.item_count::bigint * s.stock_per_item as stock, '
        'count(u.order_number) as sold from %1$I.sales s left join %1$I.units u on u.sale_id = s.sale_id '
        'group by s.sale_id, s.started_at, s.item_count, s.stock_per_item'),
    ('lost_holds_by_day',
        'select day, ended_as, count(*) as holds from %1$I.ended_holds group by 1, 2');

-- What makes the views anew over these ledgers.
create function reporting.views_over(p_names text[]) returns setof text language sql stable as $$
    select format('drop view if exists reporting.%I', view_name) from reporting.parts
    union all
    select format(
        'create view reporting.%I as %s', view_name,
        string_agg(format('select %2$L::text as ledger, part.* from (' || query || ') as part',
            'ledger_' || name, name), ' union all ' order by name))
    from reporting.parts, unnest(p_names) as name
    group by view_name
    union all
    select format('grant select on reporting.%I to flashsale_analyst', view_name)
    from reporting.parts where cardinality(p_names) > 0
$$;

-- What `follow` does, in order. The password is in it.
create function reporting.statements(
    p_name text, p_host text, p_port int, p_database text, p_user text, p_password text
) returns setof text language plpgsql stable as $$
declare
    v_schema text := 'ledger_' || p_name;
begin
    if p_name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise exception 'a ledger''s name is of small letters, digits and underscores, and begins with a letter: %',
            p_name;
    end if;
    return next format('drop server if exists %I cascade', v_schema);
    return next format('drop schema if exists %I cascade', v_schema);
    return next format(
        'create server %I foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L, updatable ''false'', '
        'async_capable ''true'', use_remote_estimate ''true'', fetch_size ''10000'', connect_timeout ''5'')',
        v_schema, p_host, p_port, p_database);
    return next format(
        'create user mapping for current_user server %I options (user %L, password %L)', v_schema, p_user, p_password);
    return next format('create schema %I', v_schema);
    return next format('import foreign schema reports from server %I into %I', v_schema, v_schema);
    return next format(
        'insert into reporting.ledgers (name) values (%L) on conflict (name) do update set followed_at = now()',
        p_name);
    return query select reporting.views_over(
        array(select name from reporting.ledgers union select p_name order by 1));
end $$;

create procedure reporting.follow(
    p_name text, p_host text, p_port int, p_database text, p_user text, p_password text
) language plpgsql set client_min_messages = warning as $$
declare
    v_statement text;
begin
    for v_statement in
        select * from reporting.statements(p_name, p_host, p_port, p_database, p_user, p_password)
    loop
        execute v_statement;
    end loop;
end $$;

create procedure reporting.leave(p_name text) language plpgsql set client_min_messages = warning as $$
declare
    v_statement text;
begin
    delete from reporting.ledgers where name = p_name;
    if not found then
        raise exception 'no ledger % is followed', p_name;
    end if;
    for v_statement in
        select * from reporting.views_over(array(select name from reporting.ledgers order by 1))
        union all select format('drop server %I cascade', 'ledger_' || p_name)
        union all select format('drop schema %I cascade', 'ledger_' || p_name)
    loop
        execute v_statement;
    end loop;
end $$;

-- They have a password among their arguments, or need rights that an analyst lacks.
revoke execute on all functions in schema reporting from public;
revoke execute on all procedures in schema reporting from public;

commit;
