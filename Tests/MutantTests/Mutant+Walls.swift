// Mutants whose schema lacks a wall: a constraint or a trigger. The functions never try what walls forbid: it is tried
// by hand.

extension Mutant {
    static let walls = [
        wall(
            "units_taken_once", of: "table units", lacks: "the key against taking a unit twice",
            "insert into units select * from units"),
        Mutant(
            "units_stay_sold", lacks: "the trigger against taking a unit back from its order",
            .wall(
                removal: "drop trigger units_stay_sold on units",
                attempt: "delete from units where order_number is not null")),
        wall(
            "orders_one_per_code", of: "table orders", lacks: "the key against a second order of a code",
            """
            insert into orders (sale_id, code, user_id, request, total_minor, currency, ordered_at)
            select sale_id, code, user_id, gen_random_uuid(), 100, 'EUR', now() from orders
            """),
        wall(
            "buyers_limit", of: "domain buyer_room", lacks: "the check of the buyer's limit",
            "update buyers set held = held + 2, room = room - 2"),
        wall(
            "unit_count_is_not_negative", of: "domain unit_count", lacks: "the check that a count is not negative",
            "update stocks set sold = sold - 10"),
        wall(
            "ended_holds_as", of: "table ended_holds", lacks: "the check that a hold that ended says how",
            """
            insert into ended_holds select sale_id, item, number, code, request, held_at, expires_at, now(), 'lost'
            from units
            """),
        wall(
            "checkouts_key", of: "table checkouts", lacks: "the key against two carts of one code",
            "insert into checkouts select * from checkouts where user_id = 'ann'"),
        wall(
            "idempotency_keys_once", of: "table idempotency_keys", lacks: "the key against two answers under a key",
            "insert into idempotency_keys select * from idempotency_keys"),
        wall(
            "sales_lapses", of: "table sales", lacks: "the check that a bound of lapses lets a buyer hold something",
            "update sales set lapses_max = 0"),
        wall(
            "sales_that_leave_are_over", of: "table sales", lacks: "the check that a sale leaves after its end",
            "update sales set retired_at = now()"),
        wall(
            "items_price", of: "table items", lacks: "the bounds of a price",
            "update items set price_minor = 1000000000001"),
        wall(
            "sales_number", of: "table sales", lacks: "the check that a sale has a number that programs know",
            """
            insert into sales (sale_id, started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
            overriding system value values (0, now() - interval '3 hours', now() - interval '2 hours', 1, 1, 1, 1)
            """),
        wall(
            "sales_lanes", of: "table sales", lacks: "the check that a sale has 1 to 64 lanes",
            """
            insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, lane_count)
            select ended_at, ended_at + interval '1 hour', 1, 1, 1, 1, 65 from sales
            """),
        wall(
            "sales_room_pace", of: "table sales", lacks: "the check that a pace is from 1 to 100,000",
            "update sales set room_pace = 0"),
        Mutant(
            "sales_keep_their_lanes", lacks: "the trigger against another count of lanes",
            .wall(
                removal: "drop trigger sales_keep_their_lanes on sales", attempt: "update sales set lane_count = 2")),
        wall(
            "sales_shop", of: "table sales", lacks: "the check that a shop has a name that hosts can have",
            """
            insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds, shop)
            select started_at, ended_at, 1, 1, 1, 1, 'Lego' from sales
            """),
        Mutant(
            "sales_keep_their_shop", lacks: "the trigger against another shop of a sale",
            .wall(removal: "drop trigger sales_keep_their_shop on sales", attempt: "update sales set shop = 'lego'")),
        wall(
            "sales_do_not_overlap", of: "table sales", lacks: "the exclusion of sales at the same time",
            """
            insert into sales (started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds)
            select ended_at - interval '1 second', ended_at + interval '1 hour', 1, 1, 1, 1 from sales
            """),
    ]

    /// A constraint of a table or a domain.
    private static func wall(_ name: String, of owner: String, lacks: String, _ attempt: String) -> Mutant {
        Mutant(
            name, lacks: lacks,
            .wall(removal: "alter \(owner) drop constraint \(name) cascade", attempt: attempt))
    }
}
