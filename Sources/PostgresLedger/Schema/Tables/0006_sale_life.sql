-- A sale's life: who changed its terms, when and why, and since when it is paused.

alter table sales
    -- Counts the changes of the sale's terms, from 1. Whoever changes them names the version that they have seen.
    add column version int not null default 1,
    -- Since when nobody can check out; null if the sale is not paused.
    add column paused_at timestamptz,
    -- Since when nobody can purchase either. The time of holds stands still since then.
    add column purchases_paused_at timestamptz,
    -- No hold made since the last change ends before this: holds still end in the order in which they were made.
    add column ends_from timestamptz,
    add constraint sales_pause check (paused_at is not null or purchases_paused_at is null);

-- A change of a sale's terms: what they were, what they are since, and by whom and why. Each has the version that it
-- made. The service only adds to it.
create table sale_events (
    sale_id int not null,
    version int not null,
    -- What was asked for: pause_holds, pause_all, resume, end, set_end; or sql, for a change by hand.
    act text not null,
    before jsonb not null,
    after jsonb not null,
    actor text not null,
    reason text not null,
    idempotency_key text,
    changed_at timestamptz not null,
    constraint sale_events_key primary key (sale_id, version),
    constraint sale_events_once unique (sale_id, idempotency_key)
);

-- The terms of a sale: all of its row but its name, its age, its version, and what only duties and the gate need.
create function sale_terms(p_sale sales) returns jsonb language sql stable set timezone = 'UTC' as $$
    select to_jsonb(p_sale) - array[
        'sale_id', 'created_at', 'version', 'epoch', 'epoch_raised_at', 'ends_from', 'retired_at', 'archived_at'
    ]
$$;

-- Whoever changes a sale's terms, by sale_change or by hand: the change gets a version and its line. Where purchases
-- were paused and go on, every live hold ends later by the pause.
create function follow_the_terms() returns trigger language plpgsql as $$
declare
    v_now timestamptz := clock_timestamp();
    v_pause interval := greatest(v_now - old.purchases_paused_at, interval '0');
begin
    if sale_terms(new) = sale_terms(old) then
        return new;
    end if;
    if old.purchases_paused_at is distinct from new.purchases_paused_at and v_pause is not null then
        update units set expires_at = expires_at + v_pause where sale_id = new.sale_id and order_number is null;
        update unit_changes c set expires_at = c.expires_at + v_pause
        from stocks k
        where k.sale_id = new.sale_id and c.sale_id = new.sale_id and c.change_id > k.swept;
        update stocks set next_end = next_end + v_pause where sale_id = new.sale_id;
    end if;
    new.version := old.version + 1;
    new.ends_from := (
        select c.expires_at from unit_changes c
        where c.sale_id = new.sale_id and c.expires_at is not null
        order by c.change_id desc limit 1
    );
    insert into sale_events (sale_id, version, act, before, after, actor, reason, idempotency_key, changed_at)
    values (
        new.sale_id, new.version, coalesce(nullif(current_setting('flashsale.act', true), ''), 'sql'),
        sale_terms(old), sale_terms(new), coalesce(nullif(current_setting('flashsale.actor', true), ''), session_user),
        coalesce(nullif(current_setting('flashsale.reason', true), ''), 'not told'),
        nullif(current_setting('flashsale.key', true), ''), v_now
    );
    return new;
end $$;

create trigger sales_change before update on sales for each row execute function follow_the_terms();
