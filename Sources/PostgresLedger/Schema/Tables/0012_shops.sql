-- Shops: several sales at once, one of each shop.

-- A shop's name as a range of one name. GiST can compare ranges, but texts only with an extension, and whoever owns
-- the ledger may not be allowed to create one.
create type shop_range as range (subtype = text, collation = "C");

-- Whose sale it is. A sale whose shop nobody names is of the shop main.
alter table sales add column shop text not null default 'main';
alter table sales add constraint sales_shop check (shop ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$');

alter table sales drop constraint sales_do_not_overlap;
alter table sales add constraint sales_do_not_overlap exclude using gist (
    shop_range(shop, shop, '[]') with =, tstzrange(started_at, ended_at) with &&
);

-- Codes and units name the sale, so a sale could move to another shop. But instances know its shop for as long as they
-- know the sale, and would go on to refuse its items.
create function refuse_to_change_shops() returns trigger language plpgsql as $$
begin
    raise exception 'sale % is of the shop %, and stays there', old.sale_id, old.shop
        using errcode = 'FS002', constraint = 'sales_keep_their_shop';
end $$;

create trigger sales_keep_their_shop before update of shop on sales
for each row when (new.shop <> old.shop) execute function refuse_to_change_shops();
