-- Pods: which ledger has the next sales of a shop.
--
-- A sale stays in the ledger that created it. A shop moves by a word that is passed on: its pod gives it away, and from
-- then on creates no sale of it; the next pod learns of it, and from then on creates them. Between the two nobody does.

-- Makes an empty ledger a pod, once. False if it is another pod, or is home and has had a sale.
create function become_pod(p_pod int) returns boolean language plpgsql volatile as $$
declare
    v_pod int;
begin
    lock table sales, shop_placements in share row exclusive mode;
    select l.pod into v_pod from ledger l for update;
    if v_pod <> p_pod and (
        v_pod <> 0 or exists (select from sales) or exists (select from shop_placements)
    ) then
        return false;
    end if;
    if v_pod <> p_pod then
        update ledger set pod = p_pod;
        execute format(
            'alter table sales alter column sale_id set maxvalue %s set minvalue %s set start with %2$s restart',
            (p_pod << 24) + 16777215, (p_pod << 24) + 1);
    end if;
    return true;
end $$;

-- Which pod this is, and the words that it has heard; one row without a shop if there are none.
create function known_placements() returns table (pod int, shop text, version int, placed_in int, begins_at timestamptz)
language sql stable as $$
    select l.pod, p.shop, p.version, p.pod, p.begins_at from ledger l left join shop_placements p on true
$$;

-- Writes the next word on a shop, and the caller has its lock.
create function set_placement(p_shop text, p_version int, p_pod int, p_begins_at timestamptz) returns void
language sql volatile as $$
    insert into shop_placements (shop, version, pod, begins_at) values (p_shop, p_version, p_pod, p_begins_at)
    on conflict (shop) do update
    set version = excluded.version, pod = excluded.pod, begins_at = excluded.begins_at
$$;

-- Gives a shop to another pod. The sales that it has here go on, and the next one begins after them.
--
-- Returns the new word; no row if the shop is not here, or not by the word that the caller has seen.
create function give_shop(p_shop text, p_version int, p_pod int)
returns table (shop text, version int, placed_in int, begins_at timestamptz)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    v_placement shop_placements;
    v_begins_at timestamptz;
begin
    perform pg_advisory_xact_lock('shop_placements'::regclass::oid::int, hashtext(p_shop));
    select * into v_placement from shop_placements p where p.shop = p_shop;
    if coalesce(v_placement.version, 0) = p_version
        and coalesce(v_placement.pod, 0) = (select l.pod from ledger l) and coalesce(v_placement.pod, 0) <> p_pod
    then
        v_begins_at := greatest(
            (select max(s.ended_at) from sales s where s.shop = p_shop), v_placement.begins_at, to_timestamp(0));
        perform set_placement(p_shop, p_version + 1, p_pod, v_begins_at);
        return query select p_shop, p_version + 1, p_pod, v_begins_at;
    end if;
    perform wait_for_standbys();
end $$;

-- Hears a word of another pod. An earlier one than is known changes nothing. Of two with the same number, which a pod
-- restored from a backup can bring about, that of the pod with the higher number counts everywhere.
--
-- Returns the word that counts now.
create function learn_placement(p_shop text, p_version int, p_pod int, p_begins_at timestamptz)
returns table (shop text, version int, placed_in int, begins_at timestamptz)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock('shop_placements'::regclass::oid::int, hashtext(p_shop));
    if not exists (
        select from shop_placements p where p.shop = p_shop and (p.version, p.pod) >= (p_version, p_pod)
    ) then
        perform set_placement(p_shop, p_version, p_pod, p_begins_at);
    end if;
    perform wait_for_standbys();
    return query select p.shop, p.version, p.pod, p.begins_at from shop_placements p where p.shop = p_shop;
end $$;
