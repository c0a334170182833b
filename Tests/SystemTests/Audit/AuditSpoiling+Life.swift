// The ways in which the audit's tests spoil what a sale has gone through.

extension Spoiling {
    static let life = [
        Spoiling(
            "holds_keep_their_ends", says: "hold of unit ITM-1-3/1 under bbbbbbbb… was made at", sooner("1 ms")),
        // What was promised before the sale was ended is still promised.
        Spoiling(
            "holds_keep_their_ends", says: "hold of unit ITM-1-1/2 under bbbbbbbb… was made at",
            "update sales set ended_at = clock_timestamp() where sale_id = 1;" + sooner("1 ms")),
        // Purchases were paused for a minute, and the holds end but a second later for it.
        Spoiling(
            "holds_keep_their_ends", says: "hold of unit ITM-1-3/1 under bbbbbbbb… was made at",
            """
            update sales set paused_at = now(), purchases_paused_at = now() - interval '1 minute' where sale_id = 1;
            update sales set paused_at = null, purchases_paused_at = null where sale_id = 1;
            \(sooner("59 s"))
            """),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: its row has version 2",
            "update sales set taken_max = 4 where sale_id = 1;" + unlogged("taken_max = 3")),
        Spoiling(
            "sales_follow_their_log", says: "its log ends with version 1 and nothing", unlogged("version = 2")),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 3 of its log does not follow change 1",
            twice + "delete from sale_events where version = 2;"),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 3 of its log does not follow change 2",
            twice + "update sale_events set after = before where version = 2;"),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 3 of its log does not follow change 2",
            twice + "update sale_events set after = '{}' where version = 3;"),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 2 of its log does not follow change 1",
            twice + "update sale_events set before = '{}', after = '{}';"),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 3 of its log has the number",
            twice + "update sale_events set event_number = 4 - version;"),
        Spoiling(
            "sales_follow_their_log", says: "and order 2 has it too",
            "update sales set taken_max = 4 where sale_id = 1; update sale_events set event_number = 2;"),
        Spoiling(
            "sales_follow_their_log", says: "sale 1: change 2 of its log has the number 1000 after 0, of ",
            "update sales set taken_max = 4 where sale_id = 1; update sale_events set event_number = 1000;"),
        Spoiling(
            "acts_count_at_once", says: "hold of unit ITM-1-3/1 under bbbbbbbb… was made at",
            "select sale_change(1, null, 'ann', 'a test', null, 'pause_holds');" + longAgo),
        Spoiling(
            "acts_count_at_once", says: ", when its sale was over",
            """
            select sale_change(1, null, 'ann', 'a test', null, 'end');
            \(unlogged("ended_at = started_at + interval '1 second'"))
            update sale_events e set after = sale_terms(s) from sales s where s.sale_id = e.sale_id;
            \(longAgo)
            """),
        Spoiling(
            "acts_count_at_once", says: "order ORD-1-2 was made at",
            "select sale_change(1, null, 'ann', 'a test', null, 'pause_all');" + longAgo),
        Spoiling(
            "lines_have_their_prices", says: "unit ITM-1-3/1 is held for 300; its item cost 300 when it was held at",
            "update units set price_minor = 300 where item = 3"),
        // The price that a unit was held at, and no other.
        Spoiling(
            "lines_have_their_prices", says: "unit ITM-1-3/1 is held for 301; its item cost 300 when it was held at",
            repriced + "update units set price_minor = 301 where item = 3;"),
        Spoiling(
            "lines_have_their_prices", says: "unit ITM-1-2/1 is sold for 201; its item cost 200 when it was held at",
            """
            alter table units disable trigger units_stay_sold;
            update units set price_minor = 201 where item = 2;
            update orders set total_minor = total_minor + 1 where user_id = 'ann';
            """),
        Spoiling(
            "lines_have_their_prices", says: "item ITM-1-3 costs 7, and its log ends with 5",
            """
            \(repriced)
            alter table items disable trigger items_price_change;
            update items set price_minor = 7 where item = 3;
            """),
    ]

    static let prices = [
        Spoiling(
            "lines_have_their_prices", says: "item ITM-1-4 costs 1000000000001, which is more than 1000000000000",
            """
            alter table items drop constraint items_price;
            alter table items disable trigger items_price_change;
            update items set price_minor = 1000000000001 where sale_id = 1 and item = 4;
            """)
    ]

    static let refunds = [
        Spoiling(
            "refunds_are_logged",
            says: "item ITM-1-2 of order ORD-1-2 was refunded 1 times, and its sale's log says so 0 times",
            refunded + "update sale_events set details = null where version = 2;"),
        Spoiling(
            "refunds_are_logged",
            says: "item ITM-1-2 of order ORD-1-2 was refunded 1 times, and its sale's log says so 2 times",
            refunded + """
                insert into sale_events
                select sale_id, 3, act, before, after, actor, reason, null, changed_at, details from sale_events;
                update sales set version = 3 where sale_id = 1;
                """),
        Spoiling(
            "refunds_are_logged",
            says: "item ITM-1-1 of order ORD-1-2 was refunded 0 times, and its sale's log says so 1 times",
            refunded + "update sale_events set details = jsonb_set(details, '{items}', '[1, 2]') where version = 2;"),
        Spoiling(
            "refunds_are_logged", says: "change 2 of sale 1 refunds 199; its items cost 200",
            refunded + """
                update sale_events set details = jsonb_set(details, '{refunded_minor}', '199') where version = 2;
                """),
    ]

    /// One of ann's items is refunded.
    private static let refunded = "delete from order_items where sale_id = 1 and item = 2;\n"

    /// An item that is held gets another price.
    private static let repriced = "update items set price_minor = 5 where sale_id = 1 and item = 3;\n"

    /// Two changes that leave the sale as it was.
    private static let twice = """
        update sales set taken_max = 4 where sale_id = 1;
        update sales set taken_max = 3 where sale_id = 1;

        """

    /// The change was made before anything was held or bought.
    private static let longAgo = "update sale_events set changed_at = now() - interval '1 day';\n"

    /// A change of which the log knows nothing.
    private static func unlogged(_ change: String) -> String {
        """
        alter table sales disable trigger sales_change;
        update sales set \(change) where sale_id = 1;
        """
    }

    /// Lets all live holds end sooner.
    private static func sooner(_ time: String) -> String {
        """
        update units set expires_at = expires_at - interval '\(time)' where order_number is null;
        update unit_changes set expires_at = expires_at - interval '\(time)' where expires_at is not null;
        update stocks set next_end = next_end - interval '\(time)' where next_end is not null;
        """
    }
}
