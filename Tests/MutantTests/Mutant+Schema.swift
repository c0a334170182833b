// Mutants whose SQL functions lack a guard.

extension Mutant {
    static let schema =
        recording + lapsing + ordering + ending + reading + duties + changes + retention + life + terms + refunds
        + lanes + shops + pods + herald + hands

    private static let recording = [
        sql(
            "first_end_of_another_hold", lacks: "that an end is that of the hold which the change made",
            Cut("\n                    and x.expires_at <= h.expires_at", "")),
        sql(
            "forgets_changes_of_open_sales", lacks: "that the changes of a sale that is on stay",
            Cut("\n                and s.ended_at <= clock_timestamp()")),
        sql(
            "forgets_all_at_once", lacks: "that so many changes of other sales are deleted at once",
            Cut("\n            limit p_limit\n        ));", "\n        ));")),
        sql(
            "cancel_leaves_ended_lines", lacks: "that a cancel gives up an item whose hold has ended",
            Cut("if outcome in ('released', 'absent') then", "if outcome = 'never' then")),
        sql(
            "no_sale_lock", lacks: "the sale's lock",
            Cut("perform pg_advisory_xact_lock('sales'::regclass::oid::int, p_sale);")),
        sql(
            "takes_taken_units", lacks: "that the gate's unit is free in the ledger",
            Cut(
                "on conflict do nothing;",
                "on conflict on constraint units_taken_once do update set code = excluded.code;")),
        sql(
            "searches_large_stocks", lacks: "that a large stock is not searched for its highest units",
            Cut("if v_last = v_taken then", "if false then")),
        sql(
            "searches_without_end", lacks: "that a search looks at so many units a call",
            Cut("least(v_first + p_steps - 1, v_stock)", "v_stock")),
        sql(
            "searches_from_the_start", lacks: "that a search goes on where the last one ended",
            Cut("if v_next > v_first then", "if v_next > v_first and number > 0 then")),
        sql(
            "each_row_searches", lacks: "that the searches of one call share its steps",
            Cut("\n            v_steps := v_decision.steps_left;")),
        sql(
            "unfinished_is_none", lacks: "that a search which has not ended is no refusal",
            Cut("case number when 0 then 'again' else 'none' end", "'none'")),
        sql("spare_is_taken", lacks: "that another unit than the gate's is free", Cut("where t.is_taken is null")),
        sql(
            "no_limit", lacks: "the limit, before its wall",
            Cut("when v_buyer.held + v_buyer.bought >= p_sale.taken_max then 'limit'")),
        sql(
            "holds_twice", lacks: "that a buyer holds an item once",
            Cut("when v_held_by is not null then 'already'")),
        sql("no_window", lacks: "the sale's window", Cut("when not v_is_active then 'inactive'")),
        sql(
            "record_runs_again", lacks: "that a checkout's request run again finds its hold",
            Cut("if v_held_by = p_request then", "if false then")),
        sql(
            "no_checkout_replay", lacks: "the answer that a checkout's key has",
            Cut("if v_key.item = p_item then", "if false then")),
        sql(
            "key_for_any_item", lacks: "that a key is for one item",
            Cut("when v_key.item is not null then 'reused'")),
        sql(
            "keys_among_many", lacks: "that rows with a key are decided alone",
            Cut("where r.key is null and", "where")),
        sql(
            "buyer_counts_nothing", lacks: "the count of a known buyer's holds",
            Cut(
                "set held = b.held + 1, room = p_sale.taken_max - b.held - b.bought - 1, code = code",
                "set code = code")),
    ]

    private static let lapsing = [
        sql(
            "no_lapses", lacks: "the bound of holds that end unpaid",
            Cut("greatest(v_buyer.lapsed, 0) + v_buyer.held >= p_sale.lapses_max\n            or ")),
        sql(
            "held_is_no_lapse", lacks: "that what is held may lapse too",
            Cut("greatest(v_buyer.lapsed, 0) + v_buyer.held >=", "v_buyer.lapsed >=")),
        sql(
            "given_back_for_ever", lacks: "the bound of holds that are given back at once",
            Cut("\n            or v_buyer.given_back + v_buyer.held >= 10 * p_sale.lapses_max")),
        sql(
            "expiries_uncounted", lacks: "the count of holds that expire",
            Cut("lapse_age() else g.expires_at < v_sale.ended_at", "lapse_age() else false")),
        sql(
            "cancels_uncounted", lacks: "the count of holds that are given back late",
            Cut("then p_now - g.held_at >= lapse_age() else", "then false else")),
        sql(
            "late_gives_credit", lacks: "that a purchase that takes no lapse back lets no buyer hold more",
            Cut("greatest(v_buyer.lapsed, 0) + v_buyer.held", "v_buyer.lapsed + v_buyer.held")),
        sql(
            "late_is_a_lapse", lacks: "that a late purchase takes its lapse back",
            Cut(",\n        lapsed = b.lapsed - cardinality(p_items)")),
    ]

    private static let ordering = [
        sql(
            "orders_twice", lacks: "that a code with an order is not ordered again",
            Cut("if v_row.order_number is null then", "if true then")),
        sql(
            "order_runs_again", lacks: "that a purchase's request run again is told of its order",
            Cut("when v_row.ordered_by = v_row.request then 'ordered'")),
        sql(
            "no_purchase_replay", lacks: "the answer that a purchase's key has",
            Cut("when v_row.ordered_under = v_row.key then 'replayed'")),
        sql(
            "sells_what_has_ended", lacks: "that only whole carts are sold together",
            Cut("group by c.place having bool_and(u.place is not null)", "group by c.place")),
        sql(
            "sells_an_item_twice", lacks: "that a cart sells each of its items once",
            Cut("or (select count(distinct l.item) = count(*) from unnest(c.items) as l (item))", "or true")),
        sql("late_over_limit", lacks: "the limit of a late purchase", Cut(" and v_room > 0 then", " then")),
        sql(
            "unfinished_is_unsold", lacks: "that a late line is not given up before its search has ended",
            Cut(
                "if v_number = 0 then\n                outcome := 'again';\n                return;\n            elsif",
                "v_number := nullif(v_number, 0);\n            if")),
        sql(
            "late_after_the_end", lacks: "that a sale that is over sells nothing late",
            Cut("elsif p_now < p_sale.ended_at and v_room", "elsif v_room")),
    ]

    private static let ending = [
        sql(
            "no_grace", lacks: "the grace of an expired hold",
            Cut("select interval '500 milliseconds' $$", "select interval '0' $$")),
        sql(
            "ends_live_holds", lacks: "that the sweeper stops at a hold that is not over",
            Cut("if v_change.expires_at + hold_grace() > p_now\n                or v_items", "if v_items"),
            Cut("else x.expires_at + hold_grace() <= p_now and", "else")),
        sql(
            "ends_what_is_sold", lacks: "that a sold unit is not released",
            Cut("and x.number = asked.number and x.order_number is null", "and x.number = asked.number")),
        sql(
            "ends_anothers_hold", lacks: "that a cancellation ends only the cart's own holds",
            Cut("then x.code = p_code\n", "then true\n"),
            Cut("and x.number = l.number and x.code = v_cart.code", "and x.number = l.number")),
        sql(
            "total_not_lowered", lacks: "that an ended hold leaves its buyer's total",
            Cut("set held = greatest(b.held - n.count, 0),", "set held = b.held,"),
            Cut("b.bought - b.held + n.count, 0)", "b.bought - b.held, 0)")),
        sql(
            "gives_back_all", lacks: "that one item is given back, not the cart",
            Cut("where v_item is null or l.item = v_item")),
        sql(
            "buys_anothers_cart", lacks: "that a cart is bought by its proven owner, among many",
            Cut("and coalesce(r.proven = c.user_id, true)")),
        sql(
            "buys_anothers_cart_alone", lacks: "that a cart is bought by its proven owner, alone",
            Cut("and coalesce(c.user_id = p_proven, true)")),
        sql(
            "tells_anothers_order", lacks: "that an order is told to its proven owner",
            Cut("and coalesce(r.proven = x.user_id, true)")),
        sql(
            "cancels_anothers_cart", lacks: "that a cart is given back by its proven owner",
            Cut("and coalesce(c.user_id = p_user[v_place], true)")),
        sql(
            "release_runs_again", lacks: "that a cancellation's request run again is told what it gave back",
            Cut("and c.request = p_request[v_place];", "and false;")),
    ]

    private static let reading = [
        sql(
            "forgets_keys", lacks: "the keys that have outcomes",
            Cut("from idempotency_keys k where k.sale_id = p_sale limit", "from idempotency_keys k where false limit")),
        sql(
            "latest_is_first", lacks: "the latest sale of all",
            Cut("(select max(y.sale_id) from sales y)", "(select min(y.sale_id) from sales y)")),
    ]

    private static let duties = [
        sql(
            "one_rebuild_for_all", lacks: "that each sale has a rebuild of its own",
            Cut("select 'rebuild/' || p_sale", "select 'rebuild'")),
        sql(
            "fence_always_stands", lacks: "the fence of the duties", Cut("and fence = p_fence for share", "for share")),
        sql(
            "takes_no_lock", lacks: "that a duty's session has its lock",
            Cut("if not pg_try_advisory_lock('duties'::regclass::oid::int, duty_key(p_duty)) then", "if false then")),
        sql(
            "fences_beside_a_lock", lacks: "that nobody gets a fence while another session has the duty's lock",
            Cut(" where not duty_is_locked(p_duty, false)")),
        sql(
            "keeps_without_a_lock", lacks: "that a duty is kept by the session that has its lock",
            Cut("select duty_is_locked(p_duty, true) and exists (", "select exists (")),
        sql(
            "keeps_under_an_old_fence", lacks: "that a duty is kept under its newest fence",
            Cut(
                "duty_is_locked(p_duty, true) and exists (select from duties where duty = p_duty and fence = p_fence)",
                "duty_is_locked(p_duty, true)")),
        sql(
            "sweeps_in_vain", lacks: "that a sweep writes nothing where nothing is due",
            Cut("if not is_sweep_behind(p_sale, p_lane, clock_timestamp()) then", "if false then")),
        sql(
            "idle_sweeps_are_never_stale", lacks: "the fence of a sweep that finds nothing due",
            Cut(
                "if not exists (select from duties d where d.duty = 'sweeper' and d.fence = p_fence) then",
                "if false then")),
        sql(
            "blind_epoch", lacks: "the compare of the epoch's compare-and-set", Cut("and epoch = p_seen and", "and")),
        sql(
            "restless_epoch", lacks: "the pause between two rebuilds",
            Cut(
                "\n        and epoch_raised_at not between clock_timestamp() - interval '500 milliseconds' and "
                    + "clock_timestamp()")),
        sql(
            "clock_keeps_the_epoch", lacks: "that an epoch is raised though the clock was set back",
            Cut(
                "epoch_raised_at not between clock_timestamp() - interval '500 milliseconds' and clock_timestamp()",
                "epoch_raised_at <= clock_timestamp() - interval '500 milliseconds'")),
        sql(
            "expired_is_held", lacks: "that a hold past its time and grace counts as free",
            Cut(
                "when i.free > 0 or i.first_end <= least(v_now, s.purchases_paused_at) then 'free'",
                "when i.free > 0 then 'free'")),
        sql(
            "held_is_sold", lacks: "that a held item is not called sold",
            Cut("when i.first_end is not null then 'held'")),
    ]

    private static let changes = [
        sql(
            "holds_go_untold", lacks: "that the log has what a batch held",
            Cut("'held', v_held_items, v_held_numbers", "'held', '{}', '{}'")),
        sql(
            "sold_units_go_untold", lacks: "that the log has what a batch sold",
            Cut("'sold', v_sold_items, v_sold_numbers);", "'sold', '{}', '{}');")),
        sql(
            "late_units_go_untold", lacks: "that the log has what a late purchase sold",
            Cut("'late', v_late_items, v_late_numbers);", "'late', '{}', '{}');")),
        sql(
            "freed_units_go_untold", lacks: "that the log has which units became free",
            Cut("from gone g having count(*) > 0", "from gone g having false")),
        sql(
            "reservations_undoubted", lacks: "that a reservation that did not become a hold is doubted",
            Cut("if v_decision.outcome <> 'held' or v_decision.number <> v_row.number then", "if false then")),
        sql(
            "forgets_unread_changes", lacks: "that a change is kept until the drift check has it",
            Cut("and c.change_id > v_stock.forgotten\n                and c.change_id <= v_passed;", ";")),
    ]

    private static let retention = [
        sql(
            "retires_what_is_on", lacks: "that a sale leaves when its time is over",
            Cut("\n        and s.ended_at <= v_now - greatest(p_hot_hours, 1) * interval '1 hour'")),
        sql(
            "retention_never_stale", lacks: "the fence of retention",
            Cut("if not fence_stands('retention', p_fence) then", "if false then")),
        sql(
            "archive_keeps_nothing", lacks: "that rows which leave go into the archive",
            Cut("(insert into %I select * from gone)", "(insert into %I select * from gone where false)")),
        sql(
            "archive_counts_units", lacks: "that counts of items stay when their sale leaves",
            Cut(
                "('checkouts', 'archived_checkouts')\n        ) as",
                "('checkouts', 'archived_checkouts'), ('item_stocks', null)\n        ) as")),
        sql(
            "clock_keeps_the_archive", lacks: "that a sale leaves though the clock was set back",
            Cut("archived_at = greatest(v_now, s.retired_at)", "archived_at = v_now")),
        sql(
            "archived_orders_untold", lacks: "that a purchase hears of its order after its sale has left",
            Cut("if v_sale.retired_at is not null then", "if false then")),
        sql(
            "archived_carts_untold", lacks: "that a cancellation hears of its order after its sale has left",
            Cut(
                "from archived_checkouts c\n            where c.",
                "from archived_checkouts c\n            where false and c.")),
        sql(
            "tells_anothers_archive", lacks: "that an archived order is told to its proven owner",
            Cut("and coalesce(x.user_id = r.proven, true)")),
        sql(
            "cancels_anothers_archive", lacks: "that an archived cart is its proven owner's",
            Cut("and coalesce(p_user[v_place] = c.user_id, true)")),
        sql(
            "forgets_beside_a_refund", lacks: "that a sale is forgotten under its lock",
            Cut("perform lock_sale(v_sale.sale_id);\n                insert", "insert")),
        sql(
            "archive_forgets", lacks: "that an archive without an end forgets nothing",
            Cut("p_archive_days > 0 and ")),
    ]

    static func sql(_ name: String, lacks: String, _ cuts: Cut...) -> Mutant {
        Mutant(name, lacks: lacks, .schema(cuts))
    }
}
