// The list of what is checked in Postgres. Each check is a query of this module's own that returns counterexamples; it
// shares nothing with the ledger, so that a mistake there is not repeated here.

/// An invariant as a query.
struct AuditCheck: Sendable {
    /// The number of the invariant that it is part of, as docs and issues name it.
    let invariant: String
    /// What must hold.
    let sentence: String
    /// A select of one text column with a row for each breach. Its parameter is a sale, or NULL for all.
    let query: String

    private init(_ invariant: String, _ sentence: String, _ query: [UInt8]) {
        self.invariant = invariant
        self.sentence = sentence
        self.query = String(decoding: query, as: UTF8.self)
    }

    static let all = [
        AuditCheck("I1", "a unit is sold at most once", PackageResources.sold_once_sql),
        AuditCheck("I1", "units and order lines agree on what is sold", PackageResources.sold_units_have_lines_sql),
        AuditCheck("I1", "a sale has the stock it was created with", PackageResources.stock_is_whole_sql),
        AuditCheck("I1", "what is sold was held by its buyer", PackageResources.lines_have_orders_and_holds_sql),
        AuditCheck("I2", "an order has its lines, its total, its buyer", PackageResources.orders_are_whole_sql),
        AuditCheck("I2", "a code has at most one order", PackageResources.one_order_per_code_sql),
        AuditCheck("I3", "a live hold holds its unit", PackageResources.live_holds_hold_units_sql),
        AuditCheck("I3", "a hold is in its cart", PackageResources.holds_are_in_their_carts_sql),
        AuditCheck("I3", "a unit is held once at a time", PackageResources.holds_do_not_overlap_sql),
        AuditCheck("I3", "no hold expires before its time", PackageResources.holds_do_not_end_early_sql),
        AuditCheck("I4", "no buyer is over his limit", PackageResources.buyers_stay_within_limits_sql),
        AuditCheck("I4", "buyers' rows say what is so", PackageResources.buyers_rows_are_right_sql),
        AuditCheck("I5", "no expired hold lingers", PackageResources.no_hold_is_overdue_sql),
        AuditCheck("I5", "the sweeper has passed no live hold", PackageResources.sweeper_has_passed_nothing_sql),
        AuditCheck("I7", "sales do not overlap", PackageResources.sales_do_not_overlap_sql),
        AuditCheck("I8", "a key has one answer, and a hold behind it", PackageResources.keys_have_one_answer_sql),
    ]
}
