// Mutants whose schema lacks a guard of a sale's life.

extension Mutant {
    static let life = [
        sql(
            "blind_change", lacks: "the version that a change is for",
            Cut("when v_sale.version <> p_version then 'stale'")),
        sql(
            "changes_twice", lacks: "that a change under a key is made once",
            Cut("where e.sale_id = p_sale and e.idempotency_key = p_key;", "where false;")),
        sql(
            "holds_in_a_pause", lacks: "that a pause refuses checkouts",
            Cut("when p_sale.paused_at is not null then 'paused'")),
        sql(
            "many_hold_in_a_pause", lacks: "that a pause refuses many checkouts together",
            Cut("\n        and v_sale.paused_at is null\n")),
        sql(
            "sells_in_a_pause", lacks: "that a pause of all refuses purchases",
            Cut("if p_sale.purchases_paused_at is not null then", "if false then")),
        sql(
            "many_sold_in_a_pause", lacks: "that a pause of all refuses many purchases together",
            Cut("not p_is_whole) and v_sale.purchases_paused_at is null", "not p_is_whole)")),
        sql(
            "time_goes_on_in_a_pause", lacks: "that no hold ends in a pause of all",
            Cut("least(v_now, (select s.purchases_paused_at from sales s where s.sale_id = p_sale))", "v_now")),
        sql(
            "pause_costs_holds", lacks: "that holds end later by a pause of all",
            Cut("set expires_at = h.expires_at + v_pause", "set expires_at = h.expires_at")),
        sql(
            "pause_writes_holds", lacks: "that a pause of all writes no hold before it is over",
            Cut(
                "if old.purchases_paused_at <> coalesce(new.purchases_paused_at, 'infinity') then",
                "if old.purchases_paused_at is distinct from new.purchases_paused_at then")),
        sql(
            "sweeper_forgets_the_pause", lacks: "that the sweeper knows of the later ends",
            Cut("set next_end = (k.next_end + v_pause),", "set next_end = k.next_end,"),
            Cut("set expires_at = g.expires_at + v_pause", "set expires_at = g.expires_at")),
        sql(
            "later_holds_end_sooner", lacks: "that holds end in the order in which they were made",
            Cut(
                "(select k.last_end from stocks k where k.sale_id = p_sale and k.lane = p_lane));",
                "null::timestamptz);")),
        sql(
            "last_end_is_not_noted", lacks: "the last end before which no later hold ends",
            Cut(", last_end = greatest(last_end, v_change.expires_at)")),
        sql(
            "last_end_stays_in_a_pause", lacks: "that the last end is later by a pause of all",
            Cut(", last_end = (k.last_end + v_pause)")),
        sql(
            "last_end_outlives_its_holds", lacks: "that a last end counts while its hold is not passed",
            Cut("case when v_next_end is not null then greatest(last_end, v_next_end) end", "last_end")),
        sql(
            "keeps_the_epoch", lacks: "the new epoch of a sale that is extended",
            Cut("coalesce(v_ended_at > s.ended_at or p_act", "coalesce(p_act")),
        sql(
            "ends_in_the_past", lacks: "that a new end is to come",
            Cut("when p_act = 'set_end' and p_ended_at <= greatest(v_now, v_sale.started_at) then 'bad_end'")),
        sql(
            "ends_what_is_to_come", lacks: "that what has not begun is not ended",
            Cut("when p_act = 'end' and v_sale.started_at >= v_now then 'inactive'")),
        sql(
            "ends_too_far_off", lacks: "that a sale ends 31 days after its start at the latest",
            Cut("when p_act = 'set_end' and p_ended_at > v_sale.started_at + interval '31 days' then 'bad_end'")),
        sql(
            "changes_what_is_over", lacks: "that a sale that is over changes no more",
            Cut("when p_act not in ('resume', 'set_end') and v_sale.ended_at <= v_now then 'inactive'")),
        sql(
            "opens_what_has_left", lacks: "that a sale that has left is not opened again",
            Cut("when v_sale.retired_at is not null then 'inactive'")),
        sql(
            "changes_go_unlogged", lacks: "the version and the line of a change",
            Cut("if sale_terms(old) is not distinct from sale_terms(new) then", "if true then")),
    ]

    static let terms = [
        sql(
            "restock_keeps_the_epoch", lacks: "the new epoch of a sale with another stock",
            Cut(" or p_act = 'restock' and p_number <> s.stock_per_item")),
        sql(
            "takes_stock_in_use", lacks: "that a stock in use is refused, before its wall",
            Cut("            ) then 'in_use'", "            ) and false then 'in_use'")),
        sql(
            "stock_without_bound", lacks: "the most units of a sale",
            Cut("when p_act = 'restock' and p_number::bigint * v_sale.item_count > 10000000 then 'too_many'")),
        sql(
            "prices_what_is_not_there", lacks: "that a price is an item's",
            Cut(
                "when p_act = 'price' and not exists (select from items i where i.sale_id = p_sale and i.item = "
                    + "p_number)\n            then 'no_item'")),
        sql(
            "one_unit_keeps_counts", lacks: "that items of one unit count none",
            Cut("elsif new.stock_per_item = 1 and old.stock_per_item <> 1 then", "elsif false then")),
        sql(
            "limit_for_strangers", lacks: "that a limit is for the buyers that the sale knows",
            Cut("room = p_sale.taken_max - b.held - b.bought - 1", "room = b.room - 1")),
        sql(
            "lapses_below_the_limit", lacks: "that a raised limit takes the bound of lapses along",
            Cut("when p_act = 'limit' and s.lapses_max < p_number then p_number", "when false then 0")),
        sql(
            "room_above_the_limit", lacks: "that an ended hold gives no room above the limit",
            Cut("room = greatest(v_sale.taken_max - b.bought - b.held + n.count, 0)", "room = b.room + n.count")),
        sql(
            "reprices_what_is_held", lacks: "that what is held keeps its price",
            Cut("and order_number is null and price_minor is null;", "and false;")),
        sql(
            "reprices_many", lacks: "that many purchases together have the prices of their holds",
            Cut("coalesce(u.price_minor, x.price_minor) as price_minor", "x.price_minor")),
        sql(
            "reprices_one", lacks: "that a purchase alone has the price of its hold",
            Cut("coalesce(l.price_minor, i.price_minor) as price_minor", "i.price_minor")),
        sql(
            "prices_go_unlogged", lacks: "the version and the line of a price",
            Cut("when (new.price_minor <> old.price_minor) execute", "when (false) execute")),
        sql(
            "restock_under_a_used_key", lacks: "that a key of one restock is not another's",
            Cut("when 'restock' then (v_event.after->>'stock_per_item')::int = p_number", "when 'restock' then true")),
        sql(
            "limit_under_a_used_key", lacks: "that a key of one limit is not another's",
            Cut("when 'limit' then (v_event.after->>'taken_max')::int = p_number", "when 'limit' then true")),
        sql(
            "pace_under_a_used_key", lacks: "that a key of one pace is not another's",
            Cut(
                "when 'pace' then (v_event.after->>'room_pace')::int is not distinct from p_number",
                "when 'pace' then true")),
        sql(
            "pace_without_a_room", lacks: "that a pace is for a sale with a waiting room",
            Cut("when p_act = 'pace' and not exists (select from queues q where q.sale_id = p_sale) then 'no_room'")),
        sql(
            "price_under_a_used_key", lacks: "that a key of one price is not another's",
            Cut(
                "v_event.details @> jsonb_build_object('item', p_number, 'price_minor', p_price)", "true")),
    ]

    static let refunds = [
        sql(
            "refund_keeps_the_epoch", lacks: "the new epoch of a sale with a refund",
            Cut("epoch = s.epoch + (s.ended_at > v_now)::int", "epoch = s.epoch")),
        sql(
            "refunds_some_of_it", lacks: "that a refund is of all that is asked for, or of nothing",
            Cut("when p_act = 'refund' and not v_refund.items @> coalesce(p_items, '{}') then 'not_sold'")),
        sql(
            "refunds_no_order", lacks: "that a refund is of an order",
            Cut("when p_act = 'refund' and v_refund.order_number is null then 'no_order'")),
        sql(
            "refunds_nothing", lacks: "that what was refunded is not refunded again",
            Cut("when p_act = 'refund' and v_refund.items is null then 'not_sold'")),
        sql(
            "refund_leaves_the_limit", lacks: "that a refund lets its buyer take as many more",
            Cut("set bought = b.bought - v_refund.count,", "set bought = b.bought,")),
        sql(
            "refund_gives_room", lacks: "that a refund gives no room above the limit",
            Cut(
                "room = greatest(v_sale.taken_max - b.held - b.bought + v_refund.count, 0)",
                "room = b.room + v_refund.count")),
        sql(
            "refund_hides_the_unit", lacks: "that the first free unit is the one that came back",
            Cut(
                "set sold = greatest(i.sold - 1, 0), first_free = least(i.first_free, l.number)",
                "set sold = greatest(i.sold - 1, 0)")),
        sql(
            "refund_forgets_the_line", lacks: "that a refunded line stays in its order",
            Cut("where u.number is null and y.sale_id = p_sale", "where false and y.sale_id = p_sale")),
        sql(
            "refund_is_not_archived", lacks: "that an order of an archived sale is refunded too",
            Cut(
                "select x.ctid as place from archived_units x\n            where x.sale_id",
                "select x.ctid as place from archived_units x\n            where false and x.sale_id")),
        sql(
            "refund_under_a_used_key", lacks: "that a key of one refund is not another's",
            Cut("when 'refund' then v_refund.items is null and", "when 'refund' then")),
    ]
}
