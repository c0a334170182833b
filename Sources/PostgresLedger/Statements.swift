// The statements of the ledger. Each calls one function of Schema/Functions, where the SQL lives. Columns are read by
// position, in the order in which the functions declare them.

import LibpqClient
import Telemetry

enum Statements {
    static let record = call(
        "record", "ledger_record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::int::boolean)", .checkouts)
    static let recordCalled = call(
        "record_called",
        "ledger_record_called($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::int::boolean)", .checkouts)
    static let order = call("order", "ledger_order($1, $2, $3, $4, $5, $6, $7::int::boolean)", .orders)
    static let release = call("release", "ledger_release($1, $2, $3, $4, $5, $6)", .holds)
    static let expire = call("expire", "ledger_expire($1, $2, $3, $4)", .holds)
    static let confirm = promise("confirm", "ledger_confirm($1, $2, $3)", .units)
    static let usedKeys = read("used_keys", "used_keys($1, $2)", .none)
    static let orderDetails = promise("order_details", "order_details($1, $2)", .orders)

    static let identity = read("ledger_identity", "ledger_identity()", .none)
    static let nextFence = call("next_fence", "next_fence($1)", .none)
    static let nextRebuildFence = call("next_rebuild_fence", "next_fence(rebuild_of($1))", .none)
    static let takeDuty = call("take_duty", "take_duty($1)", .none)
    static let keepsDuty = read("keeps_duty", "keeps_duty($1, $2)", .none)
    static let giveDutiesBack = read("give_duties_back", "pg_advisory_unlock_all()", .none)
    static let raiseEpoch = call("raise_epoch", "raise_epoch($1, $2, $3)", .none)
    /// Makes all reads of a transaction see the same moment.
    static let standStill = PostgresStatement(
        "stand_still", "set transaction isolation level repeatable read, read only", type: .other, table: .none,
        isPrepared: false)
    static let saleSnapshot = read("sale_snapshot", "sale_snapshot($1)", .units)
    static let buyersSnapshot = read("buyers_snapshot", "buyers_snapshot($1)", .buyers)
    static let stockPart = read("stock_part", "stock_part($1, $2, $3, $4, $5)", .units)
    static let unitsAt = read("units_at", "units_at($1, $2, $3)", .units)
    static let readChanges = call("read_changes", "read_changes($1, $2, $3, $4)", .units)
    static let retire = call("retire", "ledger_retire($1, $2, $3, $4)", .none)

    static let heraldDue = call("herald_due", "herald_due($1)", .none)
    static let heraldHorizon = call("herald_horizon", "herald_horizon($1)", .none)
    static let heraldEvents = read("herald_events", "herald_events($1, $2, $3, $4)", .orders)
    static let heraldAdvance = call("herald_advance", "herald_advance($1, $2, $3)", .none)

    static let openQueue = call("open_queue", "open_queue($1, $2)", .none)
    static let queueState = promise("queue_state", "queue_state($1)", .none)
    static let reportQueue = call("report_queue", "report_queue($1, $2, $3, $4, $5, $6, $7, $8)", .none)
    static let publishDraw = call("publish_draw", "publish_draw($1, $2)", .none)
    static let callNumbers = call(
        "call_numbers",
        """
        call_numbers($1, $2, $3, $4, $5, $6, $7::text::float8, $8::text::float8, $9::text::float8, $10::text::float8, \
        $11::text::float8, $12::text::float8, $13::int::boolean, $14)
        """, .none)
    static let ticketKeys = read("ticket_keys", "ticket_keys()", .none)

    static let beatInstance = call("beat_instance", "beat_instance($1, $2, $3, $4, $5, $6)", .none)
    static let knownInstances = read("known_instances", "known_instances($1)", .none)
    static let removeInstance = call("remove_instance", "remove_instance($1)", .none)

    static let becomePod = call("become_pod", "become_pod($1)", .none)
    static let knownPlacements = promise("known_placements", "known_placements()", .none)
    static let giveShop = call("give_shop", "give_shop($1, $2, $3)", .none)
    static let learnPlacement = call("learn_placement", "learn_placement($1, $2, $3, $4)", .none)

    static let createSale = insert("create_sale", "create_sale($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", .sales)
    static let changeSale = call("sale_change", "sale_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", .sales)
    static let saleLog = read("sale_log", "sale_log($1, $2, $3)", .sales)
    static let agenda = read("agenda", "agenda()", .sales)
    static let sale = read("sale", "find_sale($1)", .sales)
    static let itemsPage = read("items_page", "items_page($1, $2, $3)", .items)
    static let stockCount = read("stock_count", "stock_count($1)", .units)
    static let copyItems = PostgresStatement(
        "copy_items", "copy items (sale_id, item, name, price_minor, currency) from stdin (format binary)", type: .copy,
        table: .items, isPrepared: false)

    private static func call(_ name: String, _ function: String, _ table: QueryTable) -> PostgresStatement {
        PostgresStatement(name, "select * from \(function)", type: .call, table: table)
    }

    private static func insert(_ name: String, _ function: String, _ table: QueryTable) -> PostgresStatement {
        PostgresStatement(name, "select * from \(function)", type: .insert, table: table)
    }

    /// A read whose rows a buyer is told: they come after all that they tell of is on the standbys too.
    private static func promise(_ name: String, _ source: String, _ table: QueryTable) -> PostgresStatement {
        PostgresStatement(
            name, "select told.* from \(source) told, wait_for_standbys()", type: .select, table: table)
    }

    private static func read(_ name: String, _ source: String, _ table: QueryTable) -> PostgresStatement {
        PostgresStatement(name, "select * from \(source)", type: .select, table: table)
    }
}
