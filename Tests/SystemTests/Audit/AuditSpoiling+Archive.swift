// The ways in which the audit's tests spoil the archive of a sale. Sale 2 is over; sale 1 is on.

extension Spoiling {
    static let archive = [
        Spoiling(
            "archived_sales_have_left", says: "and has rows in items",
            "update sales set retired_at = now(), archived_at = now() where sale_id = 2"),
        Spoiling(
            "archived_sales_have_left", says: "sale 1 ended at",
            """
            with gone as (delete from ended_holds where sale_id = 1 returning *)
            insert into archived_holds select * from gone;
            """),
        Spoiling(
            "stock_is_whole", says: "item ITM-2-1 is missing",
            """
            update sales set retired_at = now(), archived_at = now() where sale_id = 2;
            delete from items where sale_id = 2;
            """),
    ]
}
