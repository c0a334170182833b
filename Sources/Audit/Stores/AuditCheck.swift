// The checks of Postgres. Each is a query that returns counterexamples. It shares nothing with the ledger, so that a
// mistake there is not repeated here.

/// An invariant as a query.
struct AuditCheck: Sendable, CustomStringConvertible {
    /// Names the check: its file in Checks/, without the ending.
    let name: String
    /// The number of the invariant that it is part of, as docs and issues name it.
    let invariant: String
    /// The condition that must hold.
    let sentence: String
    /// A select of one text column with a row for each breach. Its parameter is a sale, or NULL for all.
    let query: String

    private init(_ name: String, _ invariant: String, _ sentence: String, _ query: [UInt8]) {
        self.name = name
        self.invariant = invariant
        self.sentence = sentence
        self.query = String(decoding: query, as: UTF8.self)
    }

    var description: String { name }

    /// The checks whose failure is a breach.
    static let all = [
        AuditCheck(
            "units_are_taken_once", "I1", "a unit is taken at most once", PackageResources.units_are_taken_once_sql),
        AuditCheck(
            "sold_units_have_orders", "I1", "a sold unit has a price, and an order of its cart",
            PackageResources.sold_units_have_orders_sql),
        AuditCheck(
            "stock_is_whole", "I1", "a sale has its items, and no unit beyond its stock",
            PackageResources.stock_is_whole_sql),
        AuditCheck(
            "orders_are_whole", "I2", "an order has its units, total, buyer and cart",
            PackageResources.orders_are_whole_sql),
        AuditCheck(
            "archived_sales_have_left", "I2", "a sale is archived after its end, and whole",
            PackageResources.archived_sales_have_left_sql),
        AuditCheck(
            "one_order_per_code", "I2", "a code or a number has at most one order",
            PackageResources.one_order_per_code_sql),
        AuditCheck(
            "holds_are_in_their_carts", "I3", "carts list what was taken under their codes",
            PackageResources.holds_are_in_their_carts_sql),
        AuditCheck(
            "holds_do_not_overlap", "I3", "a unit is held once at a time", PackageResources.holds_do_not_overlap_sql),
        AuditCheck(
            "holds_do_not_end_early", "I3", "no hold expires before its time",
            PackageResources.holds_do_not_end_early_sql),
        AuditCheck(
            "holds_keep_their_ends", "L4", "no hold ends sooner than it was promised",
            PackageResources.holds_keep_their_ends_sql),
        AuditCheck(
            "lines_have_their_prices", "L3", "a unit has the price at which it was held",
            PackageResources.lines_have_their_prices_sql),
        AuditCheck(
            "refunds_are_logged", "L1", "what is refunded is refunded once, and in the log",
            PackageResources.refunds_are_logged_sql),
        AuditCheck(
            "buyers_stay_within_limits", "I4", "no buyer is over the limit",
            PackageResources.buyers_stay_within_limits_sql),
        AuditCheck(
            "buyers_rows_are_right", "I4", "buyers' rows agree with units and carts",
            PackageResources.buyers_rows_are_right_sql),
        AuditCheck(
            "buyers_keep_to_their_lanes", "I4", "a buyer has one lane, and all its carts name it",
            PackageResources.buyers_keep_to_their_lanes_sql),
        AuditCheck(
            "buyers_stay_within_lapses", "I10", "no buyer lets more holds end unpaid than the sale allows",
            PackageResources.buyers_stay_within_lapses_sql),
        AuditCheck("no_hold_is_overdue", "I5", "no expired hold lingers", PackageResources.no_hold_is_overdue_sql),
        AuditCheck(
            "sweeper_comes_to_every_hold", "I5", "the sweeper comes to every live hold in time",
            PackageResources.sweeper_comes_to_every_hold_sql),
        AuditCheck(
            "stocks_rows_are_right", "L2", "units are free, held or sold: stocks agree with sales and units",
            PackageResources.stocks_rows_are_right_sql),
        AuditCheck(
            "items_rows_are_right", "I5", "items' counts agree with units", PackageResources.items_rows_are_right_sql),
        AuditCheck(
            "changes_agree_with_units", "I6", "the last change of a unit says what it is",
            PackageResources.changes_agree_with_units_sql),
        AuditCheck(
            "sales_follow_their_log", "L1", "a sale is what its log leads to",
            PackageResources.sales_follow_their_log_sql),
        AuditCheck(
            "acts_count_at_once", "I13", "nothing is held or bought in a sale that is paused or ended for it",
            PackageResources.acts_count_at_once_sql),
        AuditCheck(
            "sales_do_not_overlap", "I7", "a shop has one sale at a time", PackageResources.sales_do_not_overlap_sql),
        AuditCheck(
            "sales_are_of_their_pod", "I7", "a ledger is one pod, and its sales have numbers of it",
            PackageResources.sales_are_of_their_pod_sql),
        AuditCheck(
            "keys_have_one_answer", "I8", "a key has one answer, and a hold behind it",
            PackageResources.keys_have_one_answer_sql),
        AuditCheck(
            "cancellations_are_whole", "I8", "a cancellation has its cart, and what was given back of it",
            PackageResources.cancellations_are_whole_sql),
        AuditCheck(
            "drawn_numbers_follow_the_seed", "Q3", "a drawn number follows from the seed, the count and the buyer",
            PackageResources.drawn_numbers_follow_the_seed_sql),
        AuditCheck(
            "calls_follow_the_formula", "Q4", "called never falls, and each step is within its formula",
            PackageResources.calls_follow_the_formula_sql),
        AuditCheck(
            "carts_had_their_turn", "Q5", "a cart's number was called when it was opened",
            PackageResources.carts_had_their_turn_sql),
        AuditCheck(
            "lines_do_not_stand", "Q8", "a line does not stand while a unit is free",
            PackageResources.lines_do_not_stand_sql),
    ]

    /// The checks whose failure is no breach by itself: with Postgres or all instances down, no hold can end.
    static let remarks = [
        AuditCheck(
            "holds_end_in_time", "I5", "expired holds end within a second of their grace",
            PackageResources.holds_end_in_time_sql)
    ]
}
