-- What the role may do that the service runs as. It owns nothing, so it cannot take a wall down: no constraint, no
-- trigger, no function.

-- Gives a role the rights of the service in this schema, and takes from it every other right that it had here. The
-- owner of the schema calls this, after each migration, because a new table comes with no rights for others.
--
-- An order, the end of a hold and a cancellation are written once: the service can neither change nor remove them. Nor
-- can it change the seed of a draw, or a sale's window, stock or limit, or a price, but by sale_change, which writes
-- down who did so and why, and runs with the rights of the owner. Where that finds its tables, no role's temporary
-- ones can stand.
create function grant_service_rights(p_role name) returns void language plpgsql volatile as $$
declare
    v_schema text := quote_ident(current_schema());
    v_role text := quote_ident(p_role);
    v_right text;
    v_function text;
begin
    execute format('revoke all on all tables in schema %s from %s', v_schema, v_role);
    execute format('grant usage on schema %s to %s', v_schema, v_role);
    execute format('grant select on all tables in schema %s to %s', v_schema, v_role);
    execute format('grant usage, select on all sequences in schema %s to %s', v_schema, v_role);
    foreach v_right in array array[
        'insert on sales, stocks, items, item_stocks, units, ended_holds, unit_changes, buyers, checkouts, orders, '
            'idempotency_keys, cancellations, duties, queues, queue_steps, queue_reports, queue_shown',
        'update (epoch, epoch_raised_at) on sales',
        'update on stocks, item_stocks, buyers, duties, queue_reports, queue_shown',
        'update (ticket_count, called, pace, share, sheds, stepped_at, called_at) on queues',
        'update (order_number, price_minor) on units',
        'update (items, numbers, queue_number) on checkouts',
        'insert, update on instances, webhook_cursors, shop_placements',
        'delete on units, unit_changes, instances'
    ] loop
        execute format('grant %s to %s', v_right, v_role);
    end loop;
    -- Retention alone moves what is written once. It and sale_change do so as the owner would, for no other role, and
    -- find no table but in this schema.
    foreach v_function in array array[
        'ledger_retire(bigint, int, int, int)',
        'sale_change(int, int, text, text, text, text, timestamptz, int, bigint, uuid, int[])'
    ] loop
        execute format('alter function %s security definer set search_path = %s, pg_temp', v_function, v_schema);
        execute format('revoke execute on function %s from public', v_function);
        execute format('grant execute on function %s to %s', v_function, v_role);
    end loop;
end $$;
