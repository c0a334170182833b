// The ways in which the audit's tests spoil what a ledger counts of lapses.

extension Spoiling {
    static let lapses = [
        lapsing(says: "buyer bob of sale 1 holds 2; 0 lapsed of 1", bound: 1),
        lapsing(
            says: "buyer dan of sale 1 holds 0; 1 lapsed of 6, 0 given back; its row says 0 and 0",
            "update buyers set lapsed = 0 where user_id = 'dan'"),
        lapsing(
            says: "buyer eve of sale 1 holds 0; 0 lapsed of 6, 0 given back; its row says 1 and 0",
            "update buyers set lapsed = 1 where user_id = 'eve'"),
        lapsing(
            says: "buyer dan of sale 1 holds 0; 1 lapsed of 6, 0 given back; its row says  and ",
            "delete from buyers where user_id = 'dan'"),
        lapsing(
            says: "buyer cyd of sale 1 holds 0; 0 lapsed of 6, 1 given back; its row says 0 and 0",
            "update buyers set given_back = 0 where user_id = 'cyd'"),
        lapsing(
            says: "buyer cyd of sale 1 holds 0; 0 lapsed of 2, 21 given back", bound: 2,
            """
            insert into ended_holds
            select e.sale_id, e.item, e.number, e.code, e.request, e.held_at - n * interval '1 minute', e.expires_at,
                e.held_at - n * interval '1 minute', e.ended_as
            from ended_holds e, generate_series(1, 20) n where e.item = 4;
            update buyers set given_back = 21 where user_id = 'cyd';
            """),
    ]

    /// - Parameter bound: of each buyer's lapses.
    private static func lapsing(says: String, bound: Int = 6, _ script: String = "") -> Spoiling {
        Spoiling(
            "buyers_stay_within_lapses", says: says,
            "update sales set lapses_max = \(bound) where sale_id = 1;\n\(script)")
    }
}
