// Mutants whose SQL functions lack a guard.

extension Mutant {
    static let schema = recording + ordering + ending + duties + changes

    private static let recording = [
        sql(
            "no_sale_lock", lacks: "the sale's lock",
            Cut("perform pg_advisory_xact_lock('sales'::regclass::oid::int, p_sale);")),
        sql(
            "takes_taken_units", lacks: "that the gate's unit is free in the ledger",
            Cut("\n                and x.hold_id is null and x.order_number is null\n            limit 1\n        ) u")
                .keeping("\n            limit 1\n        ) u")),
        sql(
            "no_limit", lacks: "the limit, before its check",
            Cut("when b.held + b.bought >= v_sale.taken_max then 'limit'")),
        sql(
            "holds_twice", lacks: "that a buyer holds an item once",
            Cut("when d.request is not null then 'already'")),
        sql("no_window", lacks: "the sale's window", Cut("when not v_is_active then 'inactive'")),
        sql(
            "one_unit_for_two", lacks: "that two rows of a batch cannot have one unit", Cut("and r.unit_rank = 1")),
        sql(
            "one_spare_for_two", lacks: "that a spare unit is not one the batch has given",
            Cut("where t.outcome = 'held' and t.item = r.item", "where false")),
        sql(
            "buyer_twice_in_a_batch", lacks: "that of a buyer one checkout is decided at a time",
            Cut("when r.buyer_rank > 1 then 'again'")),
        sql(
            "record_runs_again", lacks: "that a checkout's request run again finds its hold",
            Cut("when d.request = r.request then 'same'")),
        sql(
            "no_checkout_replay", lacks: "the answer that a checkout's key has",
            Cut("when k.item = r.item then 'replayed'")),
        sql(
            "key_for_any_item", lacks: "that a key is for one item", Cut("when k.item is not null then 'reused'")),
        sql(
            "buyer_counts_nothing", lacks: "the count of a known buyer's holds",
            Cut("update buyers b set held = b.held + 1, open_code", "update buyers b set open_code")),
    ]

    private static let ordering = [
        sql(
            "orders_twice", lacks: "that a code with an order is not ordered again",
            Cut("when o.code is not null then 'already'")),
        sql(
            "code_twice_in_a_batch", lacks: "that of a code one purchase is decided at a time",
            Cut("when row_number() over (partition by r.code order by r.place) > 1 then 'again'")),
        sql(
            "order_runs_again", lacks: "that a purchase's request run again is told of its order",
            Cut("when d.request = r.request then 'ordered'")),
        sql(
            "no_purchase_replay", lacks: "the answer that a purchase's key has",
            Cut("when d.idempotency_key = r.key then 'replayed'")),
        sql(
            "late_over_limit", lacks: "the limit of a late purchase",
            Cut("and held + bought < taken_max;", ";")),
        sql(
            "late_takes_taken", lacks: "that a late purchase takes a free unit",
            Cut("and u.item = p_item and u.hold_id is null and u.order_number is null", "and u.item = p_item")),
        sql(
            "sells_again", lacks: "that only an expired item is sold late",
            Cut("having bool_and(h.ended_as = 'expired')")),
        sql(
            "late_after_the_end", lacks: "that a sale that is over sells nothing late",
            Cut("if p_is_active then", "if true then")),
    ]

    private static let ending = [
        sql(
            "no_grace", lacks: "the grace of an expired hold",
            Cut("select interval '500 milliseconds' $$", "select interval '0' $$")),
        sql(
            "ends_live_holds", lacks: "that the sweeper stops at a hold that is not over",
            Cut("where first.ended_at is not null or first.expires_at + hold_grace() <= p_now"),
            Cut("exit when v_hold.ended_at is null and v_hold.expires_at + hold_grace() > p_now;")),
        sql(
            "ends_twice", lacks: "that a hold that ended does not end again",
            Cut("where h.ctid = f.place and f.ended_at is null", "where h.ctid = f.place"),
            Cut("where h.ended_at is null and (v_row.item", "where (v_row.item")),
        sql(
            "total_not_lowered", lacks: "that an ended hold leaves its buyer's total",
            Cut("set held = b.held - e.count,", "set held = b.held,")),
        sql(
            "gives_back_all", lacks: "that one item is given back, not the cart",
            Cut("and (v_row.item is null or h.item = v_row.item)")),
        sql(
            "release_runs_again", lacks: "that a cancellation's request run again is told what it gave back",
            Cut("if v_row.is_repeated then", "if false then")),
    ]

    private static let duties = [
        sql(
            "fence_always_stands", lacks: "the fence of the duties", Cut("and fence = p_fence for share", "for share")),
        sql(
            "blind_epoch", lacks: "the compare of the epoch's compare-and-set", Cut("and epoch = p_seen and", "and")),
        sql(
            "restless_epoch", lacks: "the pause between two rebuilds",
            Cut("\n        and epoch_raised_at <= clock_timestamp() - interval '500 milliseconds'")),
        sql(
            "expired_is_held", lacks: "that a hold past its time and grace counts as free",
            Cut("when i.has_free or i.first_end <= v_now then 'free'", "when i.has_free then 'free'")),
        sql(
            "held_is_sold", lacks: "that a held item is not called sold",
            Cut("when i.first_end is not null then 'held'")),
    ]

    private static let changes = [
        sql(
            "holds_go_untold", lacks: "that the drift check is told what a batch held",
            Cut("values (p_sale, 'held', v_taken_item, v_taken_number);", untold("held"))),
        sql(
            "sold_units_go_untold", lacks: "that the drift check is told what a batch sold",
            Cut("values (p_sale, 'sold', v_item, v_number);", untold("sold"))),
        sql(
            "late_units_go_untold", lacks: "that the drift check is told what a late purchase sold",
            Cut("values (p_sale, 'sold', array[p_item], array[v_number]);", untold("sold"))),
        sql(
            "freed_units_go_untold", lacks: "that the drift check is told which units became free",
            Cut("from ended e having count(*) > 0", "from ended e having false")),
        sql(
            "reservations_undoubted", lacks: "that a reservation that did not become a hold is doubted",
            Cut("select d.item, d.asked from doubtful d where d.asked is not null", "select 0, 0 where false")),
        sql(
            "forgets_unread_changes", lacks: "that a change is kept until the drift check has it",
            Cut("and c.change_id between p_first and p_last;", ";")),
    ]

    private static func untold(_ kind: String) -> String {
        "select p_sale, '\(kind)'::unit_change, '{}'::int[], '{}'::int[] where false;"
    }

    private static func sql(_ name: String, lacks: String, _ cuts: Cut...) -> Mutant {
        Mutant(name, lacks: lacks, .schema(cuts))
    }
}

extension Cut {
    /// The same cut with the end of its text left standing, which only says where it is.
    fileprivate func keeping(_ end: String) -> Cut { Cut(text, end) }
}
