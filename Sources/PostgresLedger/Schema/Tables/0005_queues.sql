-- Waiting rooms: lines of buyers that are let in by number.

-- The line of a sale that has a waiting room. Nobody's place is stored: a number follows from the seed and the buyer,
-- or from the ticket.
create table queues (
    sale_id int not null,
    -- How long before the start buyers can join.
    gather_seconds int not null,
    -- The seed of the draw, 64 hexadecimal digits. Its SHA-256 is public at once, itself only with the count.
    seed text not null,
    -- How many tickets take part in the draw; null until it is published.
    ticket_count int,
    -- Who has a number up to this may check out.
    called int not null default 0,
    -- What the usher goes by from step to step.
    pace double precision not null default 200,
    share double precision not null default 1,
    sheds bigint not null default 0,
    stepped_at timestamptz,
    called_at timestamptz,
    constraint queues_key primary key (sale_id),
    constraint queues_gather check (gather_seconds >= 0),
    constraint queues_seed check (seed ~ '^[0-9a-f]{64}$'),
    constraint queues_draw_before_calls check (coalesce(ticket_count >= 0, called = 0))
) with (fillfactor = 50);

create function refuse_to_change_a_line() returns trigger language plpgsql as $$
begin
    raise exception 'the line of sale %: the draw stays as it is, and called does not fall', old.sale_id
        using errcode = 'FS002', constraint = 'queues_keep_their_word';
end $$;

-- What buyers were told stays true.
create trigger queues_keep_their_word before update on queues
for each row when (
    new.called < old.called or new.seed <> old.seed
    or old.ticket_count is not null and new.ticket_count is distinct from old.ticket_count
) execute function refuse_to_change_a_line();

-- What the usher has done, and what it went by: for the audit, and for the figures of the last minutes.
create table queue_steps (
    sale_id int not null,
    stepped_at timestamptz not null,
    -- The five seconds since the start, counted from 0.
    cohort int not null,
    -- The highest number that is called since, and how many this step has called.
    called int not null,
    step int not null,
    last_number int not null,
    free int not null,
    pending double precision not null,
    units_per_cart double precision not null,
    pace double precision not null,
    share double precision not null,
    seconds double precision not null,
    is_nudge boolean not null,
    constraint queue_steps_key primary key (sale_id, stepped_at)
);

-- What each run of an instance has counted in a sale: everything since its start.
create table queue_reports (
    sale_id int not null,
    instance bigint not null,
    gathered int not null,
    late int not null,
    came int not null,
    sheds bigint not null,
    constraint queue_reports_key primary key (sale_id, instance)
) with (fillfactor = 50);

-- How many of a cohort came to check out, by the instance that saw them.
create table queue_shown (
    sale_id int not null,
    cohort int not null,
    instance bigint not null,
    shown int not null,
    constraint queue_shown_key primary key (sale_id, cohort, instance)
) with (fillfactor = 50);

-- The keys that sign tickets. The newest signs, the one before it still counts.
create table service_keys (
    key_id int generated always as identity,
    secret bytea not null,
    made_at timestamptz not null default clock_timestamp(),
    constraint service_keys_key primary key (key_id),
    constraint service_keys_length check (length(secret) = 32)
);

-- Two random UUIDs have 244 random bits.
insert into service_keys (secret) values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

-- The number that let the buyer of a cart in; null in a sale without a waiting room.
alter table checkouts add column queue_number int;
alter table archived_checkouts add column queue_number int;
create or replace view all_checkouts as
select * from checkouts
union all
select * from archived_checkouts a where exists (select from sales s where s.sale_id = a.sale_id);

insert into duties (duty) values ('usher');
