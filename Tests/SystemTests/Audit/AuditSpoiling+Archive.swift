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
            "items_rows_are_right", says: "item ITM-1-2, lane 0: its row says 0 held, 2 sold",
            leaving + "update item_stocks set sold = 2 where item = 2;"),
        Spoiling(
            "items_rows_are_right", says: "item ITM-1-2, lane 0: its row says 0 held, 1 sold, the first free is 3",
            leaving + "update item_stocks set first_free = 3 where item = 2;"),
        Spoiling(
            "stock_is_whole", says: "item ITM-2-1 is missing",
            """
            update sales set retired_at = now(), archived_at = now() where sale_id = 2;
            delete from items where sale_id = 2;
            """),
    ]

    /// Sale 1 is over and has left.
    private static let leaving = """
        update sales set started_at = started_at - interval '4 days', ended_at = ended_at - interval '4 days'
        where sale_id = 1;
        \(AuditedSale.expiring(at: "now() - interval '1 second'"))
        do $$ begin
            while (select outcome from ledger_retire(next_fence('retention'), 1, 0, 1000)) <> 'idle' loop end loop;
        end $$;

        """
}
