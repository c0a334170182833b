// Functions of another release under a ledger of this one. What it cannot read is a refusal and a line in the log,
// never the end of the process. Requests go on while functions change under them.

import FlashSale
import LibpqClient
import Logging
import Synchronization
import Telemetry
import Testing

@testable import PostgresLedger

@Suite("A ledger over functions of another release", .timeLimit(.minutes(2)))
struct NewerFunctionsTests {
    @Test("A result that cannot be read is a refusal, and one line in the log", arguments: Oddity.all)
    func unreadable(_ oddity: Oddity) async throws {
        try await withLedger { client, ledger, catalog, sale, log in
            try await client.execute(
                script: """
                    drop function \(oddity.function)(\(oddity.arguments));
                    create function \(oddity.function)(\(oddity.arguments)) returns table (\(oddity.columns))
                    language sql as $$ select \(oddity.rows) $$;
                    """, deadline: .patient)
            let failure = await #expect(throws: LedgerFailure.self) {
                try await oddity.use(ledger, catalog, client, sale)
            }
            #expect(failure?.reason == .database)
            #expect((failure?.underlying as? PostgresError)?.code == .decoding, "\(String(describing: failure))")
            #expect(log.lines.count == oddity.lines, "\(log.lines)")
        }
    }

    @Test("A row with an outcome that this program does not know fails alone")
    func neighbours() async throws {
        try await withLedger { client, _, _, sale, _ in
            try await client.run(
                """
                alter function ledger_record(int, uuid[], text[], int[], int[], uuid[], text[], uuid[], int, boolean)
                rename to recorded
                """)
            try await client.run(
                """
                create function ledger_record(
                    p_sale int, a uuid[], p_user text[], c int[], d int[], e uuid[], f text[], g uuid[], h int,
                    i boolean,
                    out place int, out outcome text, out item int, out number int, out code uuid, out user_id text,
                    out items_count int, out expires_at timestamptz, out age_ms int
                ) returns setof record language sql as $$
                    select place, case user_id when 'bob' then 'parked' else outcome end, item, number, code, user_id,
                        items_count, expires_at, age_ms
                    from recorded(p_sale, a, p_user, c, d, e, f, g, h, i)
                $$
                """)
            let batch = try ["ann", "bob", "cat"].map { name in
                (try CheckoutRequest.test(name, of: sale), RequestTokens().next())
            }
            let outcomes = try await Batches.record(
                batch, in: .whole(sale.id, nil), by: client, deadline: .patient, onEnded: { _, _ in })
            #expect(outcomes.map(\.isDecided) == [true, false, true])
        }
    }

    @Test("Requests go on while functions are put in place, with another result or without")
    func rolling() async throws {
        try await withLedger(items: 400) { client, ledger, _, sale, log in
            let today = SchemaFiles.ofThisBuild
            let tomorrow = SchemaFiles(
                tables: today.tables, functions: today.functions.map(Self.withAnotherColumn), functionsRevision: 2)
            let switches = Task {
                for files in [tomorrow, today, tomorrow, today, tomorrow] {
                    try await Migrator(client: client, files: files, logger: .silent).migrate(goingBack: true)
                }
            }
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { isOver.raise() }
                    try await switches.value
                }
                for buyer in 0..<8 {
                    group.addTask {
                        var number = 0
                        while !isOver.isRaised {
                            try Task.checkCancellation()
                            number += 1
                            let code = try await ledger.hold(
                                "b\(buyer)-\(number)", of: sale, item: Int32(number % 400 + 1))
                            guard let code else { continue }
                            _ = try await ledger.release(code, item: nil, by: nil, in: nil, deadline: .patient)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(log.lines.isEmpty)
            #expect(try await client.number("select count(*) from holds where ended_at is null") == 0)
        }
    }

    /// The same file with a column more in the result of `ledger_record`, and another text of all other functions.
    private static func withAnotherColumn(_ file: SchemaFile) -> SchemaFile {
        guard file.name == "record" else { return SchemaFile(file.name, file.text + "\n-- Tomorrow's.\n") }
        return SchemaFile(
            file.name,
            file.text.replacing("create function ledger_record(", with: "create function record_rows(") + """

                create function ledger_record(
                    p_sale int, p_request uuid[], p_user text[], p_item int[], p_number int[], p_candidate uuid[],
                    p_key text[], p_reserved uuid[], p_lane int, p_is_whole boolean
                )
                returns table (
                    place int, outcome text, item int, number int, code uuid, user_id text, items_count int,
                    expires_at timestamptz, age_ms int, lane int
                )
                language sql volatile as $$
                    select r.*, 1
                    from record_rows(p_sale, p_request, p_user, p_item, p_number, p_candidate, p_key, p_reserved) r
                $$;
                """)
    }

    private func withLedger(
        items: Int = 3,
        _ body: (PostgresClient, PostgresSaleLedger, PostgresSaleCatalog, Sale, RecordedLog) async throws -> Void
    ) async throws {
        try await withClient { client in
            let log = RecordedLog()
            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let sale = try await createSale(items: items, in: catalog)
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: log.logger)
            try await body(client, ledger, catalog, sale, log)
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}

extension RowOutcome {
    fileprivate var isDecided: Bool { if case .decided = self { true } else { false } }
}

extension CheckoutRequest {
    static func test(_ buyer: String, of sale: Sale, item: Int32 = 1) throws -> CheckoutRequest {
        CheckoutRequest(
            item: ItemID(sale: sale.id, number: item), buyer: try #require(BuyerID(buyer)), reservation: nil,
            candidate: CodeMint().mint(sale.id), key: nil)
    }
}

extension PostgresSaleLedger {
    /// The code under which a buyer now holds an item; nil if none of it is free.
    func hold(_ buyer: String, of sale: Sale, item: Int32 = 1) async throws -> CheckoutCode? {
        guard case .held(let cart, _, _) = try await record(.test(buyer, of: sale, item: item), deadline: .patient)
        else { return nil }
        return cart.code
    }
}
