// What the ledger's tests share: clients of a database of their own, and statements as tests write them.

import DevStack
import FlashSale
import LibpqClient
import Logging
import PostgresLedger
import Telemetry

/// Lends a client of a fresh database, migrated or empty, and shuts it down afterwards.
func withClient(
    isMigrated: Bool = true, _ body: (PostgresClient) async throws -> Void
) async throws {
    func use(_ url: String) async throws {
        let client = try PostgresClient.test(url)
        do {
            try await body(client)
        } catch {
            await client.shutdown(deadline: .now)
            throw error
        }
        await client.shutdown(deadline: .now)
    }
    if isMigrated {
        try await withLedgerDatabase(use)
    } else {
        try await TestServers.shared.withDatabase(use)
    }
}

/// Lends the URL of a fresh database that is migrated.
func withLedgerDatabase(_ use: (String) async throws -> Void) async throws {
    try await TestServers.shared.withDatabase(template: "ledger", prepare: migrate, use)
}

/// The role that has the service's rights in each of these databases.
private let serviceRole = "conformance_service"

private func migrate(_ url: String) async throws {
    let client = try PostgresClient.test(url)
    let migrator = Migrator(client: client, logger: .silent)
    _ = try await migrator.migrate()
    try await client.execute(
        script: """
            do $$ begin create role \(serviceRole) login password 'secret'; exception when duplicate_object then end $$
            """, deadline: .patient)
    try await migrator.grantServiceRights(to: serviceRole)
    await client.shutdown(deadline: .now)
}

/// Lends two clients of a fresh database that is migrated: of its owner, and of the role that the service runs as.
func withOwnerAndService(_ body: (_ owner: PostgresClient, _ service: PostgresClient) async throws -> Void) async throws
{
    try await withLedgerDatabase { url in
        let owner = try PostgresClient.test(url)
        let service = try PostgresClient.test(url.replacing(#/\/\/[^@]*@/#, with: "//\(serviceRole):secret@"))
        do {
            try await body(owner, service)
        } catch {
            await service.shutdown(deadline: .now)
            await owner.shutdown(deadline: .now)
            throw error
        }
        await service.shutdown(deadline: .now)
        await owner.shutdown(deadline: .now)
    }
}

extension PostgresClient {
    static func test(
        _ url: String, acceptsReadOnly: Bool = false, connectionsMax: Int = 4
    ) throws -> PostgresClient {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.acceptsReadOnly = acceptsReadOnly
        configuration.statementTimeout = .seconds(30)
        configuration.connectionsMax = connectionsMax
        // What a busy machine keeps: no test here is about a wait for a connection.
        configuration.acquireTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        return try PostgresClient(configuration)
    }

    /// Runs a statement without parameters.
    @discardableResult
    func run(_ sql: String) async throws(PostgresError) -> PostgresRows {
        try await query(
            PostgresStatement("test", sql, type: .other, table: .none, isPrepared: false), deadline: .patient)
    }

    /// Returns as soon as the condition holds on the server; an error if it does not in time.
    func wait(until condition: String) async throws {
        let end = Deadline.patient
        while try await !run("select \(condition)")[0][0].bool() {
            guard ContinuousClock.now < end else { throw NeverHeld(condition: condition) }
        }
    }

    /// The number that a query returns.
    func number(_ sql: String) async throws(PostgresError) -> Int {
        Int(try await run("select (\(sql))::bigint")[0][0].int64())
    }
}

extension Deadline {
    /// Later than any test should need.
    static var patient: Deadline { .now + .seconds(30) }
}

extension Logger {
    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}

/// A sale that is on, of items of two units, two a buyer, with holds of a minute.
func createSale(items: Int, in catalog: PostgresSaleCatalog) async throws -> Sale {
    let now = try await catalog.agenda().readAt
    let plan = SalePlan(
        startedAt: now + .seconds(-60), endedAt: now + .seconds(3_600), itemCount: items, stockPerItem: 2,
        maxItemsPerBuyer: 2, hold: .seconds(60))
    guard case .created(let sale) = try await catalog.create(plan, fence: nil) else { throw NoSale() }
    return sale
}

private struct NoSale: Error {}

private struct NeverHeld: Error {
    let condition: String
}
