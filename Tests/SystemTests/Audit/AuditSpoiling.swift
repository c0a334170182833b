// The ways in which the audit's tests spoil a ledger: at least one for each check, and for each half of a check.

import Testing

/// A change of rows that exactly one check must find.
struct Spoiling: Sendable, CustomTestStringConvertible {
    let check: String
    /// A part of the counterexample.
    let says: String
    let script: String

    var testDescription: String { "\(check): \(says)" }

    init(_ check: String, says: String, _ script: String) {
        self.check = check
        self.says = says
        self.script = script
    }

    /// Takes a unit for a new buyer, as a checkout does; the counts of its item are left as they were.
    private static func holding(_ item: Int, _ number: Int) -> String {
        let code = AuditedSale.code("f")
        return """
            insert into units select 1, \(item), \(number), '\(code)', '\(code)', last_end - interval '10 min', last_end
            from stocks
            where sale_id = 1;
            insert into checkouts values (1, '\(code)', 'fay', '{\(item)}', '{\(number)}', now());
            insert into buyers values (1, 'fay', 1, 0, 2, '\(code)');
            insert into unit_changes (sale_id, state, items, numbers, expires_at)
            select 1, 'held', '{\(item)}', '{\(number)}', last_end from stocks where sale_id = 1;
            update stocks set held = held + 1 where sale_id = 1;

            """
    }

    /// Lets sold units be changed.
    private static let unguarded = "alter table units disable trigger units_stay_sold;\n"

    static let all =
        stock + orders + holds + buyers + lapses + archive + counts + lanes + rest + answers + queues + life + prices
        + refunds

    private static let stock = [
        Spoiling(
            "units_are_taken_once", says: "unit ITM-1-3/1 is taken 2 times",
            """
            alter table units drop constraint units_taken_once;
            insert into units select * from units where item = 3;
            update stocks set held = held + 1 where sale_id = 1;
            update item_stocks set held = 2, first_free = 1 where item = 3;
            update buyers set held = 3, room = 0 where user_id = 'bob';
            """),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-5 is missing", "delete from items where sale_id = 1 and item = 5"),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-7 is not of its sale",
            "insert into items (sale_id, item, name, price_minor, currency) values (1, 7, 'item', 100, 'EUR')"),
        Spoiling(
            "stock_is_whole", says: "item ITM-9-1 is not of its sale",
            "insert into items (sale_id, item, name, price_minor, currency) values (9, 1, 'item', 100, 'EUR')"),
        // A hold of an item and of a number that the sale does not have.
        Spoiling(
            "stock_is_whole", says: "unit ITM-1-7/1 is taken, and its sale has 6 items of 2 units", holding(7, 1)),
        Spoiling(
            "stock_is_whole", says: "unit ITM-1-3/3 is taken, and its sale has 6 items of 2 units",
            holding(3, 3) + "update item_stocks set held = 2 where item = 3;"),
        Spoiling(
            "sold_units_have_orders", says: "unit ITM-1-2/1, taken under aaaaaaaa…: order 77, which its code does not",
            unguarded + "update units set order_number = 77 where item = 2"),
        Spoiling(
            "sold_units_have_orders", says: "which its code has, and price none",
            unguarded
                + """
                update units set price_minor = null where item = 2;
                update orders set total_minor = 100 where user_id = 'ann';
                """),
    ]

    private static let orders = [
        Spoiling(
            "orders_are_whole", says: "total 301 against 300",
            "update orders set total_minor = 301 where user_id = 'ann'"),
        Spoiling(
            "orders_are_whole", says: "0 still held, in USD against EUR",
            "update orders set currency = 'USD' where user_id = 'ann'"),
        Spoiling(
            "orders_are_whole", says: "of bob: 2 units, total 300 against 300, cart of ann",
            "update orders set user_id = 'bob' where user_id = 'ann'"),
        Spoiling(
            "orders_are_whole", says: "order ORD-1-77 of cyd: 0 units",
            """
            insert into orders (sale_id, code, order_number, user_id, request, total_minor, currency, ordered_at)
            overriding system value
            select 1, code, 77, user_id, code, 0, 'EUR', now() from checkouts where user_id = 'cyd';
            """),
        Spoiling(
            "orders_are_whole", says: "cart of ann, 1 still held",
            holding(4, 2)
                + """
                update item_stocks set held = 1 where item = 4;
                delete from buyers where user_id = 'fay';
                update buyers set held = 1, room = 0 where user_id = 'ann';
                update units set code = '\(AuditedSale.code("a"))' where item = 4;
                update checkouts set items = items || 4, numbers = numbers || 2 where user_id = 'ann';
                delete from checkouts where user_id = 'fay';
                """),
        Spoiling(
            "one_order_per_code", says: "code aaaaaaaa… of sale 1 has 2 orders",
            """
            alter table orders drop constraint orders_one_per_code;
            insert into orders (sale_id, code, order_number, user_id, request, total_minor, currency, ordered_at)
            overriding system value
            select 1, code, 77, user_id, code, total_minor, 'EUR', ordered_at from orders where user_id = 'ann';
            """),
        Spoiling(
            "one_order_per_code", says: "2 orders are ORD-1-77",
            unguarded
                + """
                with gone as (delete from orders returning *)
                insert into orders overriding system value
                select sale_id, code, 77, user_id, request, null, total_minor, currency, ordered_at from gone;
                update units set order_number = 77 where order_number is not null;
                """),
    ]

    private static let holds = [
        Spoiling(
            "holds_are_in_their_carts", says: "unit ITM-1-3/1 is held under bbbbbbbb… and not in its cart",
            "update checkouts set items = '{1}', numbers = '{2}' where user_id = 'bob'"),
        Spoiling(
            "holds_are_in_their_carts", says: "unit ITM-1-6/1 is sold under eeeeeeee… and not in its cart",
            "update checkouts set items = '{}', numbers = '{}' where user_id = 'eve'"),
        Spoiling(
            "holds_are_in_their_carts", says: "unit ITM-1-4/2 is held under ffffffff… and not in its cart",
            holding(4, 2)
                + """
                update item_stocks set held = 1 where item = 4;
                delete from checkouts where user_id = 'fay';
                delete from buyers where user_id = 'fay';
                """),
        Spoiling(
            "holds_are_in_their_carts", says: "cart cccccccc… lists unit ITM-1-4/1, of which it has no hold",
            "update checkouts set items = '{4}', numbers = '{1}' where user_id = 'cyd'"),
        Spoiling(
            "holds_are_in_their_carts", says: "cart dddddddd… lists unit ITM-1-5/1, of which it has no hold",
            "delete from ended_holds where item = 5"),
        Spoiling(
            "holds_are_in_their_carts", says: "cart bbbbbbbb… lists unit ITM-1-1/, of which it has no hold",
            "update checkouts set items = items || 1 where user_id = 'bob'"),
        Spoiling(
            "holds_do_not_overlap", says: "unit ITM-1-3/1 was held under bbbbbbbb… until now and under cccccccc…",
            """
            insert into ended_holds
            select 1, 3, 1, code, code, now(), now() + interval '1 h', now() + interval '1 ms', 'cancelled'
            from checkouts where user_id = 'cyd';
            """),
        Spoiling(
            "holds_do_not_overlap", says: "unit ITM-1-5/1 was held under dddddddd…",
            """
            insert into ended_holds
            select 1, 5, 1, c.code, c.code, e.held_at + interval '1 ms', now(), now(), 'cancelled'
            from checkouts c, ended_holds e where c.user_id = 'cyd' and e.item = 5;
            """),
        // Ann has bought a unit that was promised to bob before, during and after her hold.
        Spoiling(
            "holds_do_not_overlap", says: "unit ITM-1-2/1 was held under bbbbbbbb…",
            """
            insert into ended_holds
            select 1, 2, 1, c.code, c.code, u.held_at - interval '1 s', now() + interval '1 h', now() + interval '1 s',
                'cancelled'
            from checkouts c, units u where c.user_id = 'bob' and u.item = 2;
            """),
        Spoiling(
            "holds_do_not_end_early", says: "hold of unit ITM-1-5/1 under dddddddd… was promised until",
            "update ended_holds set expires_at = ended_at + interval '1 ms' where item = 5"),
        Spoiling(
            "holds_do_not_end_early", says: "ended as sale_ended",
            "update ended_holds set expires_at = ended_at + interval '1 ms', ended_as = 'sale_ended' where item = 5"),
    ]

    private static let buyers = [
        Spoiling(
            "buyers_stay_within_limits", says: "buyer ann of sale 1 has taken 2 of 1",
            """
            alter table sales disable trigger sales_change;
            update sales set taken_max = 1 where sale_id = 1;
            update buyers set room = greatest(1 - held - bought, 0);
            """),
        Spoiling(
            "buyers_rows_are_right", says: "buyer eve of sale 1: row says 0 held, 2 bought",
            "update buyers set bought = 2, room = 1 where user_id = 'eve'"),
        Spoiling(
            "buyers_rows_are_right", says: "buyer bob of sale 1: row says 1 held",
            "update buyers set held = 1, room = 2 where user_id = 'bob'"),
        Spoiling(
            "buyers_rows_are_right", says: "buyer cyd of sale 1: row says 0 held, 0 bought, room for 4",
            "update buyers set room = 4 where user_id = 'cyd'"),
        Spoiling(
            "buyers_rows_are_right", says: "cart cccccccc… of cyd; units say 2, 0, 2 astray",
            "update buyers set code = (select code from checkouts where user_id = 'cyd') where user_id = 'bob'"),
        Spoiling(
            "buyers_rows_are_right", says: "cart ffffffff… of nobody",
            "update buyers set code = '\(AuditedSale.code("f"))' where user_id = 'cyd'"),
        Spoiling(
            "buyers_rows_are_right", says: "units say 2, 0, 1 astray",
            """
            insert into checkouts (sale_id, code, user_id, items, numbers, opened_at)
            values (1, '\(AuditedSale.code("f"))', 'bob', '{3}', '{1}', now());
            update checkouts set items = '{1}', numbers = '{2}' where user_id = 'bob' and items <> '{3}';
            update units set code = '\(AuditedSale.code("f"))' where item = 3;
            """),
        Spoiling(
            "buyers_rows_are_right", says: "buyer bob of sale 1: row says  held",
            "delete from buyers where user_id = 'bob'"),
    ]

    private static let counts = [
        Spoiling(
            "stocks_rows_are_right", says: "lane 0 of sale 1: its stock says 3 held, 3 sold; of its units 2 are held",
            "update stocks set held = 3 where sale_id = 1"),
        Spoiling(
            "stocks_rows_are_right", says: "lane 0 of sale 1: its stock says 2 held, 2 sold; of its units 2 are held",
            "update stocks set sold = 2 where sale_id = 1"),
        Spoiling(
            "stocks_rows_are_right", says: "lane 1 of sale 1: its stock says 0 held, 0 sold",
            "insert into stocks (sale_id, lane) values (1, 1)"),
        Spoiling(
            "stocks_rows_are_right", says: "lane 0 of sale 2: its stock says  held",
            "delete from stocks where sale_id = 2"),
        Spoiling(
            "items_rows_are_right", says: "item ITM-1-4, lane 0: its row says 1 held, 0 sold",
            "update item_stocks set held = 1 where item = 4"),
        Spoiling(
            "items_rows_are_right", says: "item ITM-1-1, lane 0: its row says 1 held, 2 sold",
            "update item_stocks set sold = 2 where sale_id = 1 and item = 1"),
        Spoiling(
            "items_rows_are_right", says: "the first free is 3; units say 0, 0, 0 below it",
            "update item_stocks set first_free = 3 where item = 5"),
        Spoiling(
            "items_rows_are_right", says: "item ITM-2-1, lane 0: its row says 0 held, 1 sold",
            "insert into item_stocks (sale_id, item, lane, sold) values (2, 1, 0, 1)"),
        Spoiling(
            "changes_agree_with_units", says: "says it is held",
            "update unit_changes set state = 'held' where state = 'free' and items = '{4}'"),
        Spoiling(
            "changes_agree_with_units", says: "unit ITM-1-6/1 is sold, and change",
            "delete from unit_changes where state = 'late' and items = '{6}'"),
        Spoiling(
            "changes_agree_with_units", says: "unit ITM-1-3/1 is held, and change",
            "insert into unit_changes (sale_id, state, items, numbers) values (1, 'free', '{3}', '{1}')"),
    ]

    private static let rest = [
        Spoiling(
            "no_hold_is_overdue", says: "hold of unit ITM-1-3/1 under bbbbbbbb… expired at",
            AuditedSale.expiring(at: "now() - interval '1.8 seconds'")),
        Spoiling(
            "sweeper_comes_to_every_hold", says: "hold of unit ITM-1-3/1 under bbbbbbbb… ends at",
            "update stocks set swept = (select max(change_id) from unit_changes) where sale_id = 1"),
        Spoiling(
            "sweeper_comes_to_every_hold", says: "its change is passed",
            "update units set expires_at = expires_at + interval '1 ms' where item = 3"),
        Spoiling(
            "sweeper_comes_to_every_hold", says: "the sweeper sleeps until a hold is made",
            "update stocks set next_end = null where sale_id = 1"),
        Spoiling(
            "sweeper_comes_to_every_hold", says: "is to come, and the sweeper sleeps until",
            "update stocks set next_end = next_end + interval '1 minute' where sale_id = 1"),
        Spoiling(
            "sweeper_comes_to_every_hold", says: " is to come after an end at ",
            """
            update unit_changes set expires_at = expires_at + interval '1 minute'
            where expires_at > now() and items @> '{3}';
            update units set expires_at = expires_at + interval '1 minute' where item = 3;
            """),
        Spoiling("sales_are_of_their_pod", says: "the ledger says 0 times which pod it is", "delete from ledger"),
        Spoiling(
            "sales_are_of_their_pod", says: "sale 1 has a number of pod 0, and its ledger is pod 7",
            "update ledger set pod = 7"),
        Spoiling(
            "sales_do_not_overlap", says: "sales 1 and 2 overlap from",
            """
            alter table sales drop constraint sales_do_not_overlap;
            update sales set ended_at = now() where sale_id = 2;
            """),
    ]
}
