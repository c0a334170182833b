// The schema forward and back, by one instance and by two, and what the migrator refuses to build upon.

import DevStack
import LibpqClient
import Testing

@testable import PostgresLedger

@Suite("The migrator", .timeLimit(.minutes(2)))
struct MigratorTests {
    private func withMigrator(_ body: (Migrator, PostgresClient) async throws -> Void) async throws {
        try await withClient(isMigrated: false) { client in
            try await body(Migrator(client: client, logger: .silent), client)
        }
    }

    /// Everything that a schema consists of, but for the record of migrations.
    private static let objects = """
        select count(*) from (
            select relname from pg_class where relnamespace = 'public'::regnamespace and relname not like 'migrations%'
            union all select proname from pg_proc where pronamespace = 'public'::regnamespace
            union all select typname from pg_type
            where typnamespace = 'public'::regnamespace and typname not like '%migrations'
        ) o
        """

    @Test("An empty database goes up, down to nothing, and up again")
    func upAndDown() async throws {
        try await withMigrator { migrator, client in
            #expect(try await migrator.check() == .pending(Migration.all))
            #expect(try await migrator.migrate() == Migration.all)
            #expect(try await migrator.check() == .current)
            #expect(try await migrator.migrate() == [])
            let objects = try await client.number(Self.objects)
            #expect(objects > 0)

            #expect(try await migrator.revert(to: 1) == Migration.all.dropFirst().reversed())
            #expect(try await migrator.check() == .pending(Array(Migration.all.dropFirst())))
            #expect(try await migrator.revert(to: 0) == [Migration.all[0]])
            #expect(try await client.number(Self.objects) == 0)

            #expect(try await migrator.migrate() == Migration.all)
            #expect(try await client.number(Self.objects) == objects)
        }
    }

    @Test("The status names every migration and when it was applied")
    func status() async throws {
        try await withMigrator { migrator, _ in
            let before = try await migrator.status()
            #expect(before.map(\.name) == Migration.all.map(\.description))
            #expect(before.allSatisfy { $0.state == .pending })
            _ = try await migrator.migrate()
            for status in try await migrator.status() {
                guard case .applied = status.state else {
                    Issue.record("\(status.name) is \(status.state)")
                    continue
                }
            }
        }
    }

    @Test("Two instances that migrate at once both succeed, and each migration is applied once")
    func twoAtOnce() async throws {
        try await withMigrator { migrator, client in
            async let left = migrator.migrate()
            async let right = migrator.migrate()
            let applied = try await left + right
            #expect(applied.sorted { $0.version < $1.version } == Migration.all)
            #expect(try await client.number("select count(*) from migrations") == Migration.all.count)
        }
    }

    @Test("A migration that fails leaves nothing of itself and everything before it")
    func failure() async throws {
        try await withClient(isMigrated: false) { client in
            let good = Migration(1, "good", up: "create table good (); create table fine ();", down: "")
            let bad = Migration(2, "bad", up: "create table bad (); select 1 / 0;", down: "")
            let migrator = Migrator(client: client, migrations: [good, bad], logger: .silent)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            #expect(error?.message == "The migration 0002_bad failed; nothing of it stands.")
            let state = try await migrator.check()
            #expect(state == .pending([bad]))
            #expect(try await client.number("select count(*) from pg_class where relname in ('good', 'fine')") == 2)
            #expect(try await client.number("select count(*) from pg_class where relname = 'bad'") == 0)
        }
    }

    @Test("A migration may take longer than the client lets a statement take")
    func slowMigration() async throws {
        try await withClient(isMigrated: false) { client in
            var configuration = client.configuration
            configuration.statementTimeout = .milliseconds(100)
            let hasty = try PostgresClient(configuration)
            let slow = Migration(1, "slow", up: "select pg_sleep(0.3)", down: "")
            #expect(try await Migrator(client: hasty, migrations: [slow], logger: .silent).migrate() == [slow])
            await hasty.shutdown(deadline: .now)
        }
    }

    @Test("A migration changed after it was applied is named, and nothing is built upon it")
    func changedChecksum() async throws {
        try await withMigrator { migrator, client in
            _ = try await migrator.migrate()
            try await client.run("update migrations set checksum = sha256('something else') where version = 2")
            #expect(try await migrator.check() == .changed(name: "0002_batch_functions"))
            let sentence = "The migration 0002_batch_functions has changed since it was applied to this database."
            let forward = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            let back = await #expect(throws: MigrationError.self) { try await migrator.revert(to: 0) }
            #expect(forward?.description == sentence && back?.description == sentence)
        }
    }

    @Test("A database of a newer build is left alone")
    func newerVersion() async throws {
        try await withMigrator { migrator, client in
            _ = try await migrator.migrate()
            try await client.run(
                "insert into migrations (version, name, checksum) values (9999, '9999_later', sha256('later'))")
            #expect(try await migrator.check() == .unknown(version: 9999))
            let sentence = "The database is at version 9999, this build knows \(Migration.all.count)."
            let forward = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            let back = await #expect(throws: MigrationError.self) { try await migrator.revert(to: 0) }
            #expect(forward?.description == sentence && back?.description == sentence)
        }
    }
}
