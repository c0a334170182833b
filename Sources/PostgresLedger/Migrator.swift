// Brings a database's schema to this build's version, or back, and tells how the two stand to each other.
//
// Every step is one transaction: it takes the migrations' advisory lock, reads what has been applied, does a migration
// and records it. Instances that migrate at once therefore take turns, and each finds what the others have done; a step
// whose connection was lost is settled by the next run. Checksums are Postgres's own work.

import FlashSale
public import LibpqClient
public import Logging
import Telemetry

/// The migrations of one database.
public struct Migrator: Sendable {
    /// The time in which a step must be done, waiting for other instances included.
    public static let stepDeadline = Duration.seconds(300)

    private let client: PostgresClient
    private let migrations: [Migration]
    private let logger: Logger

    public init(client: PostgresClient, logger: Logger) {
        self.init(client: client, migrations: Migration.all, logger: logger)
    }

    init(client: PostgresClient, migrations: [Migration], logger: Logger) {
        self.client = client
        self.migrations = migrations
        self.logger = logger
    }

    /// Applies what is pending, in order. Returns what this call applied; an instance beside it may have done a part.
    public func migrate() async throws(MigrationError) -> [Migration] {
        var applied: [Migration] = []
        while let migration = try await step(
            "A migration",
            { connection, _, state in
                guard case .pending(let pending) = state, let next = pending.first else { return nil }
                try await apply(next, on: connection)
                return next
            })
        {
            logger.info("A migration was applied.", metadata: ["migration": "\(migration)"])
            applied.append(migration)
        }
        return applied
    }

    /// Undoes what is above a version, newest first; 0 undoes everything. Returns what this call has undone.
    @discardableResult
    public func revert(to version: Int) async throws(MigrationError) -> [Migration] {
        var undone: [Migration] = []
        while let migration = try await step(
            "A reversal",
            { connection, statuses, _ in
                let newest = statuses.last { $0.state != .pending && $0.version > version }
                guard let newest, let migration = migrations.first(where: { $0.version == newest.version }) else {
                    return nil
                }
                try await undo(migration, on: connection)
                return migration
            })
        {
            logger.info("A migration was undone.", metadata: ["migration": "\(migration)"])
            undone.append(migration)
        }
        return undone
    }

    /// Every version that the database or this build knows, in order. Changes nothing.
    public func status() async throws(MigrationError) -> [MigrationStatus] {
        do {
            return try await client.withConnection(deadline: .now + LedgerTimes.call) { connection in
                try await read(connection)
            }
        } catch {
            throw MigrationError("The schema's version cannot be read.", underlying: error)
        }
    }

    /// Whether the database's schema is the one this build works with. Changes nothing.
    public func check() async throws(MigrationError) -> SchemaState {
        SchemaState(try await status(), of: migrations)
    }

    /// One transaction under the lock. The closure gets what is known then, a state that may be built upon.
    private func step(
        _ name: String,
        _ body: (PostgresConnection, [MigrationStatus], SchemaState) async throws -> Migration?
    ) async throws(MigrationError) -> Migration? {
        do {
            return try await client.withTransaction(deadline: .now + Self.stepDeadline) { connection in
                _ = try await connection.query(Self.lift)
                _ = try await connection.query(Self.lock)
                let statuses = try await read(connection)
                let state = SchemaState(statuses, of: migrations)
                switch state {
                case .unknown(let version): throw MigrationError.unknown(version, known: migrations.last?.version ?? 0)
                case .changed(let name): throw MigrationError.changed(name)
                case .current, .pending: return try await body(connection, statuses, state)
                }
            }
        } catch {
            throw .failed(name, error)
        }
    }

    private func apply(_ migration: Migration, on connection: PostgresConnection) async throws {
        do {
            if try await !hasRecord(connection) { try await connection.execute(script: Migration.record) }
            try await connection.execute(script: migration.up, name: migration.description)
            _ = try await connection.query(
                Self.note, [.int4(Int32(migration.version)), .text(migration.description), .text(migration.up)])
        } catch {
            throw MigrationError.failed("The migration \(migration)", error)
        }
    }

    private func undo(_ migration: Migration, on connection: PostgresConnection) async throws {
        do {
            try await connection.execute(script: migration.down, name: migration.description)
            _ = try await connection.query(Self.strike, [.int4(Int32(migration.version))])
        } catch {
            throw MigrationError.failed("The reversal of the migration \(migration)", error)
        }
    }

    private func hasRecord(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.query(Self.find)[0][0].bool()
    }

    private func read(_ connection: PostgresConnection) async throws -> [MigrationStatus] {
        guard try await hasRecord(connection) else {
            return migrations.map { MigrationStatus(version: $0.version, name: $0.description, state: .pending) }
        }
        let rows = try await connection.query(
            Self.compare,
            [
                .int4Array(migrations.map { Int32($0.version) }), .textArray(migrations.map(\.description)),
                .textArray(migrations.map(\.up)),
            ])
        return try rows.map { row in
            let state: MigrationStatus.State
            if let appliedAt = try row[2].optional?.timestamp() {
                let at = Timestamp(microseconds: appliedAt)
                switch try row[3].optional?.bool() {
                case true?: state = .applied(at: at)
                case false?: state = .changed(at: at)
                case nil: state = .unknown(at: at)
                }
            } else {
                state = .pending
            }
            return MigrationStatus(version: Int(try row[0].int32()), name: try row[1].string(), state: state)
        }
    }
}

extension Migrator {
    /// A migration takes the time it takes: the client's bound on a statement is lifted in this transaction alone.
    private static let lift = statement("lift_statement_timeout", "set local statement_timeout = 0", .other)
    /// The ledger's locks have 1 in this place and a sale after it.
    private static let lock = statement("lock_migrations", "select pg_advisory_xact_lock(2, 0)")
    private static let find = statement("find_migrations", "select to_regclass('migrations') is not null")
    private static let compare = statement(
        "compare_migrations",
        """
        select version, coalesce(m.name, k.name), m.applied_at, m.checksum = sha256(convert_to(k.up, 'UTF8'))
        from unnest($1::int[], $2::text[], $3::text[]) as k (version, name, up)
        full join migrations m using (version)
        order by version
        """)
    private static let note = statement(
        "note_migration",
        "insert into migrations (version, name, checksum) values ($1, $2, sha256(convert_to($3, 'UTF8')))", .insert)
    private static let strike = statement("strike_migration", "delete from migrations where version = $1", .delete)

    private static func statement(_ name: String, _ sql: String, _ type: QueryType = .select) -> PostgresStatement {
        PostgresStatement(name, sql, type: type, table: .migrations, isPrepared: false)
    }
}
