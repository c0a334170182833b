-- Pods: shops whose sales are in ledgers of their own.

-- Which pod this ledger is: home, which is 0, or another. A ledger that is alone is home.
alter table ledger add column pod int not null default 0 constraint ledger_pod check (pod between 0 and 127);

-- The sales of a pod have numbers of its own, so a sale's number says where the sale is, and the codes, items and
-- orders of two pods never meet. These are the numbers of home.
alter table sales alter column sale_id set maxvalue 16777215;

-- Which pod has the next sales of a shop, by the last word that this ledger has heard. Shops without a row are at home.
create table shop_placements (
    shop text constraint shop_placements_key primary key,
    -- Each move has the next number. A later word wins over an earlier one.
    version int not null constraint shop_placements_version check (version > 0),
    pod int not null constraint shop_placements_pod check (pod between 0 and 127),
    -- Until then an earlier pod may have sales of the shop, so none begins before in this one.
    begins_at timestamptz not null
);

-- No pod has sales of a shop that another pod has, whatever a program believes. A sale waits here for a word that is
-- being written, and the word for a sale that is being created.
create function check_placement() returns trigger language plpgsql as $$
declare
    v_pod int := (select l.pod from ledger l);
    v_placement shop_placements;
begin
    perform pg_advisory_xact_lock_shared('shop_placements'::regclass::oid::int, hashtext(new.shop));
    select * into v_placement from shop_placements p where p.shop = new.shop;
    if new.sale_id >> 24 <> v_pod then
        raise exception 'the sale % is not of pod %', new.sale_id, v_pod
            using errcode = 'FS002', constraint = 'sales_are_of_their_pod';
    end if;
    if coalesce(v_placement.pod, 0) <> v_pod then
        if tg_op = 'INSERT' then
            raise exception 'the shop % has its sales in pod %, and this is pod %', new.shop,
                coalesce(v_placement.pod, 0), v_pod using errcode = 'FS002', constraint = 'sales_keep_to_their_pod';
        elsif new.ended_at > v_placement.begins_at then
            raise exception 'from % on the shop % has its sales in pod %', v_placement.begins_at, new.shop,
                v_placement.pod using errcode = '23P01', constraint = 'sales_do_not_overlap';
        end if;
    elsif new.started_at < v_placement.begins_at then
        raise exception 'the shop % is in pod % from % on', new.shop, v_pod, v_placement.begins_at
            using errcode = '23P01', constraint = 'sales_do_not_overlap';
    end if;
    return new;
end $$;

create trigger sales_keep_to_their_pod before insert on sales
for each row execute function check_placement();

create trigger sales_end_before_the_next_pod before update of started_at, ended_at on sales
for each row when (new.started_at < old.started_at or new.ended_at > old.ended_at) execute function check_placement();
