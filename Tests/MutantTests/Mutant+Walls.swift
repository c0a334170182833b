// Mutants whose schema lacks a constraint. The functions never try what the constraints forbid: it is tried by hand.

extension Mutant {
    static let walls = [
        wall(
            "order_items_sold_once", of: "order_items", lacks: "the key against selling a unit twice",
            "insert into order_items values (1, 2, 1, 99, 100)"),
        wall(
            "units_state", of: "units", lacks: "the check that no unit is both held and sold",
            "update units set order_number = 99 where hold_id is not null"),
        wall(
            "orders_one_per_code", of: "orders", lacks: "the key against a second order of a code",
            """
            insert into orders (sale_id, code, user_id, request, total_minor, currency, ordered_at)
            select sale_id, code, user_id, gen_random_uuid(), 100, 'EUR', now() from orders
            """),
        wall(
            "buyers_limit", of: "buyers", lacks: "the check of the buyer's limit",
            "update buyers set bought = bought + 2"),
        wall(
            "buyers_open_cart", of: "buyers", lacks: "the check that what is held is in a cart",
            "update buyers set open_code = null where user_id = 'ann'"),
        wall(
            "holds_end", of: "holds", lacks: "the check that a hold that ended says how",
            "update holds set ended_at = now() where ended_at is null"),
        wall(
            "checkouts_key", of: "checkouts", lacks: "the key against two carts of one code",
            "insert into checkouts select * from checkouts where user_id = 'ann'"),
        wall(
            "idempotency_keys_once", of: "idempotency_keys", lacks: "the key against two answers under a key",
            "insert into idempotency_keys select * from idempotency_keys"),
        wall(
            "sales_do_not_overlap", of: "sales", lacks: "the exclusion of sales at the same time",
            """
            insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
            select ended_at - interval '1 second', ended_at + interval '1 hour', 1, 1, 1, 1 from sales
            """),
    ]

    private static func wall(_ name: String, of table: String, lacks: String, _ attempt: String) -> Mutant {
        Mutant(name, lacks: lacks, .wall(table: table, attempt: attempt))
    }
}
