// Rows of lanes that must not be.

extension Spoiling {
    static let lanes = [
        Spoiling(
            "buyers_keep_to_their_lanes", says: "sale 2 with 2 lanes: the carts of fay name lanes 2",
            laned + cart(lane: 2)),
        Spoiling(
            "buyers_keep_to_their_lanes", says: "sale 2 with 2 lanes: the carts of fay name lanes 0, 1",
            laned + cart(lane: 0) + cart(lane: 1)),
    ]

    /// Gives the sale that nobody has bought from another lane.
    private static let laned = """
        alter table sales disable trigger sales_keep_their_lanes;
        update sales set lane_count = 2 where sale_id = 2;
        insert into stocks (sale_id, lane) values (2, 1);

        """

    /// A cart of that sale from which everything was given back.
    private static func cart(lane: Int) -> String {
        let code = "0\(lane)" + AuditedSale.code("f").dropFirst(2)
        return """
            insert into checkouts values (2, '\(code)', 'fay', '{}', '{}', now());
            insert into buyers select 2, 'fay', 0, 0, taken_max, '\(code)' from sales where sale_id = 2
            on conflict on constraint buyers_key do update set code = excluded.code;

            """
    }
}
