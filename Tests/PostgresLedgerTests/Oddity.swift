// Results of functions that this program does not expect: unknown outcomes, rows and columns that are missing or too
// many, and values that the domain would not take.

import FlashSale
import LibpqClient
import Testing
import Webhooks

@testable import PostgresLedger

/// A function that returns what this program does not expect.
struct Oddity: Sendable, CustomTestStringConvertible {
    let function: String
    let arguments: String
    let columns: String
    let rows: String
    let use: @Sendable (PostgresSaleLedger, PostgresSaleCatalog, PostgresClient, Sale) async throws -> Void
    /// Lines in the log: batches write one, what is read for duties is logged by them.
    var lines = 1

    var testDescription: String { "\(function): \(rows)" }

    static let all = [recording, ordering, others, reading, drifting, heralding, waiting].flatMap(\.self)

    private static let recordArguments = "int, uuid[], text[], int[], int[], uuid[], text[], uuid[], int, boolean"

    private static let recording =
        [
            "1, 'parked', 1, 1, gen_random_uuid(), 'ann', 1, now(), null::int",
            "7, 'held', 1, 1, gen_random_uuid(), 'ann', 1, now(), null::int",
            "-1, 'held', 1, 1, gen_random_uuid(), 'ann', 1, now(), null::int",
            "1, 'held', 1, 0, gen_random_uuid(), 'ann', 1, now(), null::int",
            "1, 'held', 1, null::int, gen_random_uuid(), 'ann', 1, now(), null::int",
            "1, 'held', 1, 1, gen_random_uuid(), 'ann', 1, timestamptz 'infinity', null::int",
            "0, 'ended', 1, 1, gen_random_uuid(), 'two words', 1, now(), 1",
            "1, 'held', 1, 1, gen_random_uuid(), 'ann', 1, now(), 1 where false",
        ].map { rows in
            Oddity(
                function: "ledger_record", arguments: recordArguments,
                columns: """
                    place int, outcome text, item int, number int, code uuid, user_id text, items_count int,
                    expires_at timestamptz, age_ms int
                    """, rows: rows, use: { ledger, _, _, sale in _ = try await ledger.hold("ann", of: sale) })
        } + [
            Oddity(
                function: "ledger_record", arguments: recordArguments,
                columns: "place int, outcome text", rows: "1, 'held'",
                use: { ledger, _, _, sale in _ = try await ledger.hold("ann", of: sale) }),
            Oddity(
                function: "ledger_record", arguments: recordArguments,
                columns: "place text, outcome text", rows: "'1', 'held'",
                use: { ledger, _, _, sale in _ = try await ledger.hold("ann", of: sale) }),
        ]

    private static let ordering = [
        ("1, 'bartered'", "{1}", "{1}", "{1}"), ("1, 'ordered'", "{1}", "{}", "{1}"),
        ("1, 'ordered'", "{0}", "{1}", "{1}"), ("1, 'ordered'", "{1}", "{-1}", "{1}"),
        ("0, 'ended'", "{}", "{}", "{}"), ("1, 'ordered'", "{1}", "{1}", "{}"),
        ("1, 'ordered'", "{1}", "{1}", "{null}"), ("1, 'ordered'", "{1}", "{null}", "{1}"),
    ].map { outcome, items, numbers, prices in
        Oddity(
            function: "ledger_order", arguments: "int, uuid[], uuid[], text[], text[], int, boolean",
            columns: """
                place int, outcome text, code uuid, order_number bigint, user_id text, total_minor bigint,
                currency text, ordered_at timestamptz, items int[], numbers int[], names text[], ages_ms int[],
                prices bigint[]
                """,
            rows: """
                \(outcome), gen_random_uuid(), 1, 'ann', 1, 'EUR', now(), '\(items)'::int[], '\(numbers)'::int[],
                '{a}'::text[], '{1}'::int[], '\(prices)'::bigint[]
                """,
            use: { ledger, _, _, sale in
                let request = PurchaseRequest(code: CodeMint().mint(sale.id), key: nil)
                _ = try await ledger.order(request, deadline: .patient)
            })
    }

    private static let others =
        [
            "1, 'lent', gen_random_uuid(), 'ann', '{1}'::int[], '{1}'::int[], 0, '{1}'::int[]",
            "1, 'released', gen_random_uuid(), 'ann', '{1}'::int[], '{}'::int[], 0, '{1}'::int[]",
            "0, 'released', gen_random_uuid(), 'ann', '{1}'::int[], '{1}'::int[], 0, '{1}'::int[]",
        ].map { rows in
            Oddity(
                function: "ledger_release", arguments: "int, uuid[], uuid[], int[], text[], int",
                columns: """
                    place int, outcome text, code uuid, user_id text, items int[], numbers int[], items_left int,
                    ages_ms int[]
                    """, rows: rows,
                use: { ledger, _, _, sale in
                    _ = try await ledger.release(
                        CodeMint().mint(sale.id), item: nil, by: nil, in: nil, deadline: .patient)
                })
        } + [
            Oddity(
                function: "ledger_confirm", arguments: "int, text[], int[]",
                columns: """
                    place int, stock text, retry_at timestamptz, taken int, taken_max int, holding uuid,
                    read_at timestamptz
                    """, rows: "1, 'lent', null::timestamptz, 0, 1, null::uuid, now()",
                use: { ledger, _, _, sale in
                    let ann = try #require(BuyerID("ann"))
                    _ = try await ledger.confirm(ItemID(sale: sale.id, number: 1), for: ann, deadline: .patient)
                }),
            Oddity(
                function: "ledger_expire", arguments: "int, bigint, int, int",
                columns: """
                    outcome text, item int, number int, code uuid, user_id text, expires_at timestamptz, age_ms int
                    """, rows: "'slept', 1, 1, gen_random_uuid(), 'ann', now(), 1",
                use: { ledger, _, _, sale in
                    _ = try await ledger.expire(sale.id, in: nil, atMost: 1, fence: FencingNumber(1))
                },
                lines: 0),
            Oddity(
                function: "ledger_retire", arguments: "bigint, int, int, int", columns: "outcome text, row_count int",
                rows: "'buried', 1",
                use: { ledger, _, _, _ in
                    _ = try await ledger.retire(RetentionPolicy(), atMost: 1, fence: FencingNumber(1))
                }, lines: 0),
        ]

    private static let saleColumns = """
        sale_id int, started_at timestamptz, ended_at timestamptz, item_count int, stock_per_item int, taken_max int,
        hold_seconds int, epoch int
        """
    private static let life =
        "version int, pause text, gather_seconds int, lane_count int, shop text, room_pace int"

    private static let reading =
        [
            "0, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
            "1, now(), now() - interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
            "1, now(), timestamptz 'infinity', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
            "1, now(), now() + interval '1 hour', 0, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
            "1, now(), now() + interval '1 hour', 2147483647, 2147483647, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
            "1, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, 'nap', null::int, 1, 'main', 9",
            "1, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 65, 'main', 9",
            "1, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'Main', 9",
            "1, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 0",
        ].map { rows in
            Oddity(
                function: "find_sale", arguments: "int", columns: "\(saleColumns), \(life)", rows: rows,
                use: { _, catalog, _, sale in _ = try await catalog.sale(sale.id) }, lines: 0)
        } + [
            Oddity(
                function: "agenda", arguments: "",
                columns: "\(saleColumns), is_over boolean, read_at timestamptz, latest int, \(life)",
                rows: "1, now(), now(), 1, 1, 1, 1, 1, false, now(), 1, 1, null, null::int, 1, 'main', 9 where false",
                use: { _, catalog, _, _ in _ = try await catalog.agenda() }, lines: 0),
            Oddity(
                function: "agenda", arguments: "",
                columns: "\(saleColumns), is_over boolean, read_at timestamptz, latest int, \(life)",
                rows: """
                    null::int, null::timestamptz, null::timestamptz, null::int, null::int, null::int, null::int,
                    null::int, null::boolean, now(), 0, null::int, null, null::int, null::int, null, null::int
                    """,
                use: { _, catalog, _, _ in _ = try await catalog.agenda() }, lines: 0),
            Oddity(
                function: "sale_change",
                arguments: "int, int, text, text, text, text, timestamptz, int, bigint, uuid, int[]",
                columns: "outcome text, \(saleColumns), \(life)",
                rows: "'sold', 1, now(), now() + interval '1 hour', 1, 1, 1, 1, 1, 1, null, null::int, 1, 'main', 9",
                use: { _, catalog, _, sale in
                    _ = try await catalog.change(
                        sale.id, SaleChange(.resume, version: 1, actor: "ann", reason: "odd", key: nil))
                }, lines: 0),
            Oddity(
                function: "items_page", arguments: "int, int, int",
                columns: "item int, name text, price_minor bigint, currency text, available int, sold int",
                rows: "0, 'a', 1, 'EUR', 1, 1",
                use: { _, catalog, _, sale in _ = try await catalog.items(of: sale, after: 0, limit: 1) }, lines: 0),
            Oddity(
                function: "stock_count", arguments: "int", columns: "free bigint, held bigint, sold bigint",
                rows: "1, 1, 1 where false",
                use: { _, catalog, _, sale in _ = try await catalog.count(sale) }, lines: 0),
            Oddity(
                function: "order_details", arguments: "int, uuid[]",
                columns: """
                    code uuid, order_number bigint, user_id text, request uuid, idempotency_key text,
                    total_minor bigint, currency text, ordered_at timestamptz, items int[], numbers int[],
                    names text[], ages_ms int[], refunded_at timestamptz[], refunded_minor bigint, prices bigint[]
                    """,
                rows: """
                    gen_random_uuid(), 1, 'ann', gen_random_uuid(), null, 1, 'EUR', now(), '{1}'::int[], '{1}'::int[],
                    '{}'::text[], '{1}'::int[], '{null}'::timestamptz[], null::bigint, '{1}'::bigint[]
                    """,
                use: { ledger, _, _, sale in _ = try await ledger.find(CodeMint().mint(sale.id), deadline: .patient) },
                lines: 0),
        ]

    private static let drifting =
        ["'{3}'::int[], '{1}'::int[], null::int[], null::int[]", "null::int[], null::int[], '{1}'::int[], '{}'::int[]"]
        .map { rows in
            Oddity(
                function: "stock_part", arguments: "int, int, int, int, int",
                columns: "held_items int[], held_numbers int[], sold_items int[], sold_numbers int[]", rows: rows,
                use: { ledger, _, _, sale in _ = try await ledger.stock(of: sale, units: 0..<1) }, lines: 0)
        }
        + ["1, 'lent', '{1}'::int[], '{1}'::int[]", "1, 'held', '{1}'::int[], '{}'::int[]"].map { rows in
            Oddity(
                function: "read_changes", arguments: "int, bigint, bigint, int",
                columns: "change_id bigint, kind text, items int[], numbers int[]", rows: rows,
                use: { ledger, _, _, sale in
                    _ = try await ledger.changes(of: sale, after: nil, fence: FencingNumber(1))
                }, lines: 0)
        } + [
            Oddity(
                function: "units_at", arguments: "int, int[], int[]",
                columns: "place int, is_sold boolean, code uuid, user_id text, expires_at timestamptz",
                rows: "2, true, null::uuid, null, null::timestamptz",
                use: { ledger, _, _, sale in _ = try await ledger.units([0], of: sale) }, lines: 0)
        ]
    private static let heralding =
        ["'order.lost', now(), '{}'", "'order.placed', timestamptz 'infinity', '{}'", "'order.placed', now(), null"]
        .map { rows in
            Oddity(
                function: "herald_events", arguments: "int, bigint, bigint, int",
                columns: "number bigint, type text, happened_at timestamptz, data text", rows: "1, \(rows)",
                use: { _, _, client, sale in
                    let untold = UntoldSale(id: sale.id, told: 0)
                    _ = try await PostgresEventLedger(client: client).events(of: untold, upTo: 1, atMost: 1)
                }, lines: 0)
        } + [
            Oddity(
                function: "herald_due", arguments: "bigint", columns: "sale_id int, told bigint", rows: "0, 0",
                use: { _, _, client, _ in
                    _ = try await PostgresEventLedger(client: client).due(fence: FencingNumber(1))
                }, lines: 0)
        ]

    /// What an operator's slip may leave in the tables of a line, among others.
    private static let waiting =
        [
            "'odd', 1, 0, 0, 0, 0, 0, '{}', '1', '1'", "repeat('0', 64), -1, 0, 0, 0, 0, 0, '{}', '1', '1'",
            "repeat('0', 64), 1, -1, 0, 0, 0, 0, '{}', '1', '1'",
            "repeat('0', 64), 2147483647, 0, 0, 0, 0, 0, '{}', '1', '1'",
            "null, 1, 0, 0, 2147483647, 0, 0, '{}', '1', '1'", "null, 1, 0, 2147483647, 0, 0, 0, '{}', '1', '1'",
            "null, 1, 0, 0, 0, -1, 0, '{}', '1', '1'", "null, 1, 0, 0, 0, 0, 0, '{-2147483648}', '1', '1'",
            "null, 1, 0, 0, 0, 0, 0, '{}', 'NaN', '1'", "null, 1, 0, 0, 0, 0, 0, '{}', '0', '1'",
            "null, 1, 0, 0, 0, 0, 0, '{}', '1', 'Infinity'",
        ].map { line($0) } + [line("null, 1, 0, 0, 0, 0, 0, '{1}', '1', '1'", shown: "'{1,2}'")]

    /// - Parameter shown: how many of each cohort came; as many cohorts as there are, unless it is another array.
    private static func line(_ figures: String, shown: String = "s.cohorts") -> Oddity {
        Oddity(
            function: "queue_state", arguments: "int",
            columns: """
                commit text, seed text, ticket_count int, called int, gathered int, late int, came int, sheds bigint,
                free int, held int, sold int, cohorts int[], lasts int[], cohort_called int[], cohort_shown int[],
                pace text, share text, seen_sheds bigint, stepped_at timestamptz, called_at timestamptz,
                read_at timestamptz
                """,
            rows: """
                'c', s.seed, s.n, s.called, s.gathered, s.late, s.came, s.sheds, 1, 0, 0, s.cohorts::int[],
                s.cohorts::int[], s.cohorts::int[], \(shown)::int[], s.pace, s.share, 0::bigint, now(), now(), now()
                from (values (\(figures))) s (seed, n, called, gathered, late, came, sheds, cohorts, pace, share)
                """,
            use: { _, _, client, sale in
                _ = try await PostgresQueueLedger(writer: client, reader: client).state(of: sale.id)
            }, lines: 0)
    }
}
