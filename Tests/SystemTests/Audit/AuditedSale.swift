// A small sale for the audit's tests with one of every event: a cart bought, one open, one cancelled, one expired, one
// bought late. The ledger's own functions make it, so it is right; tests then spoil a copy.

import Audit
import DevStack
import HiredisClient
import LibpqClient
import Logging
import PostgresLedger
import Telemetry

/// Sale 1 is on, with 6 items of 2 units and at most 3 for each buyer; sale 2 is over and was never touched.
///
/// | buyer | code | events |
/// |---|---|---|
/// | ann | aaaa… | bought units 1/1 and 2/1; the first checkout had a key |
/// | bob | bbbb… | holds units 1/2 and 3/1 |
/// | cyd | cccc… | cancelled unit 4/1 |
/// | dan | dddd… | let unit 5/1 expire |
/// | eve | eeee… | let unit 6/1 expire and bought it late |
struct AuditedSale: Sendable {
    let postgres: PostgresClient
    let url: String

    /// A code as the gate writes it, and Postgres reads it.
    static func code(_ digit: Character) -> String { String(repeating: digit, count: 32) }

    /// Lends a copy of the sale.
    static func withCopy(_ body: (AuditedSale) async throws -> Void) async throws {
        try await TestServers.shared.withDatabase(template: "audited_sale", prepare: make) { url in
            try await withPostgres(url) { try await body(AuditedSale(postgres: $0, url: url)) }
        }
    }

    /// Changes rows without the ledger's functions.
    func spoil(_ script: String) async throws {
        try await postgres.execute(script: script, deadline: .now + .seconds(30))
    }

    /// The identity of the ledger. A copy has one of its own.
    func identity() async throws -> String {
        let statement = PostgresStatement("identity", "select ledger_identity()", type: .select, table: .none)
        return try await postgres.query(statement, deadline: .now + .seconds(30)).firstRow()[0].string()
    }

    /// Audits only the ledger.
    func audit(_ sale: Int32? = nil) async throws -> AuditReport {
        try await Auditor(postgres: postgres, redis: nil).audit(sale: sale)
    }

    private static func make(_ url: String) async throws {
        try await withPostgres(url) { postgres in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            _ = try await Migrator(client: postgres, logger: logger).migrate()
            try await postgres.execute(script: opening, deadline: .now + .seconds(30))
            try await postgres.execute(script: story, deadline: .now + .seconds(30))
        }
    }

    private static func withPostgres(_ url: String, _ body: (PostgresClient) async throws -> Void) async throws {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.connectionsMax = 2
        configuration.acquireTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        let postgres = try PostgresClient(configuration)
        do {
            try await body(postgres)
        } catch {
            await postgres.shutdown(deadline: .now)
            throw error
        }
        await postgres.shutdown(deadline: .now)
    }

    private static func record(
        _ requests: String, _ users: String, _ items: String, _ numbers: String, _ codes: String, _ keys: String
    ) -> String {
        """
        ledger_record(1, \(uuids(requests)), '{\(users)}', '{\(items)}', '{\(numbers)}', \(uuids(codes)), '{\(keys)}',
            \(uuids(codes)))
        """
    }

    private static func uuids(_ digits: String) -> String {
        "array[\(digits.map { "'\(code($0))'" }.joined(separator: ", "))]::uuid[]"
    }

    /// SQL that lets all live holds of the ledger expire at a time. It must not change within a transaction.
    static func expiring(at time: String) -> String {
        """
        update units set held_at = held_at - interval '1 hour', expires_at = \(time) where order_number is null;
        update unit_changes set expires_at = \(time) where expires_at is not null;
        update stocks set next_end = \(time) where next_end is not null;

        """
    }

    /// A third sale, of two lanes: a unit that lane 1 has given back is sold in lane 0, and lane 1 holds another.
    static let passedOn = """
        select create_sale(started_at, ended_at, 2, 1, 3, 600, null, null, 2, 'lego') from sales where sale_id = 1;
        insert into items (sale_id, item, name, price_minor, currency)
        select 3, i, 'item ' || i, 100, 'EUR' from generate_series(1, 2) i;
        select ledger_record(3, \(uuids("12")), '{ann,bob}', '{1,2}', '{1,1}', \(codes("1a", "1b")), '{null,null}',
            \(codes("1a", "1b")), 1);
        select ledger_release(3, \(uuids("3")), \(codes("1a")), '{null}', '{null}', 1);
        select ledger_record(3, \(uuids("4")), '{cyd}', '{1}', '{1}', \(codes("0c")), '{null}', \(codes("0c")));
        select ledger_order(3, \(uuids("5")), \(codes("0c")), '{null}');

        """

    /// Codes that begin with their lane.
    private static func codes(_ names: String...) -> String {
        "array[\(names.map { "'0\($0)\(code("f").dropFirst(3))'" }.joined(separator: ", "))]::uuid[]"
    }

    /// Requests have the form of codes too.
    private static let opening = """
        select create_sale(now() - interval '1 minute', now() + interval '1 hour', 6, 2, 3, 600, null);
        select create_sale(now() - interval '2 days', now() - interval '1 day', 1, 1, 1, 60, null);
        insert into items (sale_id, item, name, price_minor, currency)
        select 1, i, 'item ' || i, 100 * i, 'EUR' from generate_series(1, 6) i;
        insert into items (sale_id, item, name, price_minor, currency) values (2, 1, 'item', 100, 'EUR');
        select \(record("12", "dan,eve", "5,6", "1,1", "de", "null,null"));
        """

    /// What expires moves into the past first; the next call of the ledger ends it.
    private static let story = """
        \(expiring(at: "now() - interval '1 second'"))
        select \(record("34", "ann,bob", "1,3", "1,1", "ab", "key,null"));
        select \(record("56", "ann,bob", "2,1", "1,2", "ab", "null,null"));
        select \(record("7", "cyd", "4", "1", "c", "null"));
        select ledger_release(1, \(uuids("4")), \(uuids("c")), '{null}');
        select ledger_order(1, \(uuids("8")), \(uuids("a")), '{null}');
        select ledger_order(1, \(uuids("9")), \(uuids("e")), '{null}');
        """
}
