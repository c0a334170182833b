// The ways in which the audit's tests spoil a ledger: at least one for each check, and for each half of a check.

import Testing

/// A change of rows that exactly one check must find.
struct Spoiling: Sendable, CustomTestStringConvertible {
    let check: String
    /// A part of the counterexample.
    let says: String
    let script: String

    var testDescription: String { "\(check): \(says)" }

    private init(_ check: String, says: String, _ script: String) {
        self.check = check
        self.says = says
        self.script = script
    }

    static let all = stock + orders + holds + buyers + rest

    private static let stock = [
        Spoiling(
            "sold_once", says: "unit ITM-1-1/1 is in 2 order lines",
            """
            alter table order_items drop constraint order_items_sold_once;
            insert into order_items select sale_id, item, number, order_number, 0 from order_items
            where item = 1 and number = 1;
            """),
        Spoiling(
            "sold_units_have_lines", says: "unit ITM-1-2/1: its row says order none",
            "update units set order_number = null where sale_id = 1 and item = 2 and number = 1"),
        Spoiling(
            "sold_units_have_lines", says: "unit ITM-1-5/2: its row says order 99, its order line says none",
            "update units set order_number = 99 where sale_id = 1 and item = 5 and number = 2"),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-5: the sale wants it with 2 units, there is an item with 1 units",
            "delete from units where sale_id = 1 and item = 5 and number = 2"),
        Spoiling(
            "stock_is_whole", says: "with 2 units numbered 1 to 1",
            """
            alter table units drop constraint units_key;
            update units set number = 1 where sale_id = 1 and item = 5;
            """),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-5: the sale wants it with 2 units, there is no item",
            "delete from items where sale_id = 1 and item = 5"),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-7: the sale wants it with 0 units",
            "insert into units (sale_id, item, number) values (1, 7, 1)"),
        Spoiling(
            "stock_is_whole", says: "item ITM-1-1 has a stock of 0 and 1 order lines",
            """
            alter table sales drop constraint sales_sizes;
            update sales set stock_per_item = 0 where sale_id = 1;
            """),
    ]

    private static let orders = [
        Spoiling(
            "lines_have_orders_and_holds", says: "unit ITM-1-2/1 is sold by order 1, whose code had no hold on it",
            """
            update holds set ended_as = 'cancelled' where item = 2;
            update buyers set bought = 1 where user_id = 'ann';
            """),
        Spoiling(
            "lines_have_orders_and_holds", says: "unit ITM-1-6/1 is sold by order 2, which does not exist",
            """
            delete from orders where user_id = 'eve';
            update checkouts set closed_as = 'expired' where user_id = 'eve';
            """),
        Spoiling(
            "lines_have_orders_and_holds", says: "of unit ITM-1-4/1 is purchased and has no order line",
            """
            update holds set ended_as = 'purchased' where item = 4;
            update checkouts c set holds = array(select hold_id from holds where code = c.code) where user_id = 'cyd';
            update buyers set bought = 1 where user_id = 'cyd';
            """),
        Spoiling(
            "lines_have_orders_and_holds", says: "whose code has purchased it 2 times",
            """
            update holds set ended_as = 'purchased' where item = 6;
            update buyers set bought = 2 where user_id = 'eve';
            """),
        Spoiling(
            "orders_are_whole", says: "total 301 against 300",
            "update orders set total_minor = 301 where user_id = 'ann'"),
        Spoiling(
            "orders_are_whole", says: "order ORD-1-1 of bob",
            "update orders set user_id = 'bob' where user_id = 'ann'"),
        Spoiling(
            "orders_are_whole", says: "order ORD-1-77 of cyd: 0 lines",
            """
            insert into orders (sale_id, code, order_number, user_id, request, total_minor, currency, ordered_at)
            overriding system value
            select 1, code, 77, user_id, code, 0, 'EUR', now() from checkouts where user_id = 'cyd';
            update checkouts set closed_as = 'purchased' where user_id = 'cyd';
            """),
        Spoiling(
            "orders_are_whole", says: "cart of eve, expired",
            "update checkouts set closed_as = 'expired' where user_id = 'eve'"),
        Spoiling(
            "orders_are_whole", says: "of dan in sale 1 was purchased and has no order",
            "update checkouts set closed_as = 'purchased' where user_id = 'dan'"),
        Spoiling(
            "one_order_per_code", says: "code aaaaaaaa… of sale 1 has 2 orders",
            """
            alter table orders drop constraint orders_one_per_code;
            insert into orders (sale_id, code, order_number, user_id, request, total_minor, currency, ordered_at)
            overriding system value
            select 1, code, 77, user_id, code, 200, 'EUR', ordered_at from orders where user_id = 'ann';
            update orders set total_minor = 100 where order_number = 1;
            update order_items set order_number = 77 where item = 2;
            update units set order_number = 77 where item = 2 and order_number is not null;
            """),
    ]

    private static let holds = [
        Spoiling(
            "live_holds_hold_units", says: "should hold unit 3/1, whose row says hold none, order none",
            "update units set hold_id = null where item = 3"),
        Spoiling(
            "live_holds_hold_units", says: "hold 999 of sale 1",
            "update units set hold_id = 999 where sale_id = 1 and item = 5 and number = 2"),
        // A unit that is held and sold.
        Spoiling(
            "live_holds_hold_units", says: "should hold unit 3/1, whose row says hold",
            """
            alter table units drop constraint units_state;
            update units set hold_id = (select hold_id from holds where item = 3)
            where sale_id = 1 and item = 2 and number = 1;
            """),
        Spoiling(
            "holds_are_in_their_carts", says: "is live and not in its cart",
            "update checkouts set holds = '{}' where user_id = 'bob'"),
        Spoiling(
            "holds_are_in_their_carts", says: "is purchased and not in its cart",
            "update checkouts set holds = '{}' where user_id = 'eve'"),
        Spoiling(
            "holds_do_not_overlap", says: "unit ITM-1-3/1 was held by hold",
            """
            insert into holds (sale_id, code, request, item, number, held_at, expires_at, ended_at, ended_as)
            select 1, c.code, c.code, 3, 1, now(), now(), now() + interval '1 ms', 'cancelled' from checkouts c
            where user_id = 'cyd';
            """),
        // Ann has bought a unit that was promised to bob before, during and after her hold.
        Spoiling(
            "holds_do_not_overlap", says: "unit ITM-1-2/1 was held by hold",
            """
            insert into holds (sale_id, code, request, item, number, held_at, expires_at, ended_at, ended_as)
            select 1, c.code, c.code, 2, 1, h.held_at - interval '1 s', now(), h.ended_at + interval '1 s', 'cancelled'
            from checkouts c, holds h where c.user_id = 'bob' and h.item = 2;
            """),
        Spoiling(
            "holds_do_not_end_early", says: "of sale 1 was promised until",
            "update holds set expires_at = ended_at + interval '1 ms' where item = 5"),
        Spoiling(
            "holds_do_not_end_early", says: "ended as sale_ended",
            "update holds set expires_at = ended_at + interval '1 ms', ended_as = 'sale_ended' where item = 5"),
    ]

    private static let buyers = [
        Spoiling(
            "buyers_stay_within_limits", says: "buyer ann of sale 1 has taken 2 of 1",
            """
            alter table buyers drop constraint buyers_limit;
            update buyers set taken_max = 1;
            update sales set taken_max = 1 where sale_id = 1;
            """),
        Spoiling(
            "buyers_rows_are_right", says: "buyer eve of sale 1: row says 0 held, 2 bought",
            "update buyers set bought = 2 where user_id = 'eve'"),
        Spoiling(
            "buyers_rows_are_right", says: "buyer bob of sale 1: row says 1 held",
            "update buyers set held = 1 where user_id = 'bob'"),
        Spoiling(
            "buyers_rows_are_right", says: "limit 4; holds say", "update buyers set taken_max = 4 where user_id = 'cyd'"
        ),
        Spoiling(
            "buyers_rows_are_right", says: "buyer bob of sale 1: row says 2 held",
            "update buyers set open_code = (select code from checkouts where user_id = 'cyd') where user_id = 'bob'"),
        Spoiling(
            "buyers_rows_are_right", says: "carts 2",
            """
            insert into checkouts (sale_id, code, user_id, holds, opened_at)
            values (1, '\(AuditedSale.code("f"))', 'bob', '{}', now());
            """),
        Spoiling(
            "buyers_rows_are_right", says: "buyer cyd of sale 1: row says 0 held",
            "update checkouts set closed_at = null, closed_as = null where user_id = 'cyd'"),
        Spoiling(
            "buyers_rows_are_right", says: "buyer bob of sale 1: row says  held",
            "delete from buyers where user_id = 'bob'"),
    ]

    private static let rest = [
        Spoiling(
            "no_hold_is_overdue", says: "on unit ITM-1-3/1 expired at",
            "update holds set expires_at = clock_timestamp() - interval '1.8 seconds' where item = 3"),
        Spoiling(
            "sweeper_has_passed_nothing", says: "is live behind the sweeper",
            "update sweeps set hold_id = (select hold_id from holds where item = 3) where sale_id = 1"),
        Spoiling(
            "sales_do_not_overlap", says: "sales 1 and 2 overlap from",
            """
            alter table sales drop constraint sales_do_not_overlap;
            update sales set ended_at = now() where sale_id = 2;
            """),
        Spoiling(
            "keys_have_one_answer", says: "key of buyer ann in sale 1 answers with unit 5/1",
            "update idempotency_keys set item = 5"),
        Spoiling(
            "keys_have_one_answer", says: "answers with unit 1/1",
            "update idempotency_keys set code = (select code from checkouts where user_id = 'bob')"),
        Spoiling(
            "keys_have_one_answer", says: "buyer ann of sale 1 has 2 answers to one key",
            """
            alter table idempotency_keys drop constraint idempotency_keys_once;
            insert into idempotency_keys select * from idempotency_keys;
            """),
    ]
}
