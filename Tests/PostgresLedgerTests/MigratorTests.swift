// Table files and functions on their way into a database: by one migrator and by two, over older and over newer ones.
// What the migrator refuses to build upon.

import DevStack
import LibpqClient
import Testing

@testable import PostgresLedger

@Suite("The migrator", .timeLimit(.minutes(2)))
struct MigratorTests {
    @Test("An empty database gets the whole schema, once")
    func fromNothing() async throws {
        try await withClient(isMigrated: false) { client in
            let migrator = Migrator(client: client, logger: .silent)
            let files = SchemaFiles.ofThisBuild
            #expect(try await migrator.report().state == .lacksTables(files.tables.map(\.name)))
            let changes = try await migrator.migrate()
            #expect(changes.tables == files.tables)
            #expect(changes.functions == files.functions)
            #expect(changes.dropped.isEmpty)
            #expect(try await migrator.report().state == .current)
            #expect(try await migrator.migrate().isEmpty)
        }
    }

    @Test("The report has a line for every file, before and after")
    func report() async throws {
        try await withClient(isMigrated: false) { client in
            let migrator = Migrator(client: client, logger: .silent)
            let files = SchemaFiles.ofThisBuild
            let before = try await migrator.report()
            #expect((before.tables + before.functions).map(\.name) == (files.tables + files.functions).map(\.name))
            #expect(
                "\(before)".split(separator: "\n").filter { $0.hasSuffix("pending") }.count
                    == files.tables.count + files.functions.count
            )
            try await migrator.migrate()
            let lines = "\(try await migrator.report())".split(separator: "\n")
            #expect(lines.count == files.tables.count + files.functions.count + 1)
            #expect(lines.dropLast().allSatisfy { $0.contains("in place since 20") })
            #expect(lines.last == "functions of the database: revision 1; of this program: revision 1")
        }
    }

    @Test("Two migrators at once both succeed, and each file runs once")
    func twoAtOnce() async throws {
        try await withClient(isMigrated: false) { client in
            let migrator = Migrator(client: client, logger: .silent)
            async let left = migrator.migrate()
            async let right = migrator.migrate()
            let changes = try await [left, right]
            // Each table file is a transaction of its own, so the migrators may share them.
            #expect(changes.flatMap(\.tables).sorted { $0.name < $1.name } == SchemaFiles.ofThisBuild.tables)
            #expect(changes.flatMap(\.functions) == SchemaFiles.ofThisBuild.functions)
            #expect(try await migrator.report().state == .current)
        }
    }

    @Test("A table file that fails in the middle leaves nothing of itself and everything before it")
    func tableFailure() async throws {
        try await withClient(isMigrated: false) { client in
            let good = SchemaFile("0001_good", "create table good (); create table fine ();")
            let bad = SchemaFile("0002_bad", "create table bad (); select 1 / 0;")
            let migrator = Migrator(
                client: client, files: .test(tables: [good, bad], functions: [Self.one]), logger: .silent)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            #expect(error?.message == "The table file 0002_bad failed; nothing of it stands.")
            let state = try await migrator.report().state
            #expect(state == .lacksTables(["0002_bad"]))
            #expect(try await client.number("select count(*) from pg_class where relname in ('good', 'fine')") == 2)
            #expect(try await client.number("select count(*) from pg_class where relname = 'bad'") == 0)
            #expect(try await client.number("select count(*) from pg_proc where proname = 'one'") == 0)
        }
    }

    @Test("A function file that fails leaves all functions as they were")
    func functionFailure() async throws {
        try await withClient(isMigrated: false) { client in
            let former = SchemaFiles.test(functions: [Self.one, SchemaFile("two", Self.function("two", "int", "2"))])
            try await Migrator(client: client, files: former, logger: .silent).migrate()
            let files = SchemaFiles.test(
                functions: [
                    SchemaFile("one", Self.function("one", "int", "10")),
                    SchemaFile("two", Self.function("two", "int", "missing")),
                ], revision: 2)
            let migrator = Migrator(client: client, files: files, logger: .silent)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            #expect(error?.message == "The function file two failed; nothing of it stands.")
            #expect(try await client.number("select one() + two()") == 3)
            #expect(try await migrator.report().state == .olderFunctions(1, here: 2))
        }
    }

    @Test("A table file may take longer than the client lets a statement take")
    func slowTableFile() async throws {
        try await withClient(isMigrated: false) { client in
            var configuration = client.configuration
            configuration.statementTimeout = .milliseconds(100)
            let hasty = try PostgresClient(configuration)
            let slow = SchemaFile("0001_slow", "select pg_sleep(0.3)")
            let changes = try await Migrator(client: hasty, files: .test(tables: [slow]), logger: .silent).migrate()
            #expect(changes.tables == [slow])
            await hasty.shutdown(deadline: .now)
        }
    }

    @Test("Functions that changed in any way take the place of the old ones; others stay untouched")
    func changedFunctions() async throws {
        try await withClient(isMigrated: false) { client in
            let former = SchemaFiles.test(
                functions: [
                    Self.one,
                    SchemaFile("result", Self.function("result", "int", "1")),
                    SchemaFile("arguments", "create function arguments(a int) returns int language sql as 'select a'"),
                    SchemaFile("names", "create function names(a int) returns int language sql as 'select a'"),
                    SchemaFile("gone", Self.function("gone", "int", "1") + Self.function("gone_too", "int", "1")),
                    SchemaFile("from", Self.function("moved", "int", "1")),
                ])
            try await Migrator(client: client, files: former, logger: .silent).migrate()
            let untouched = try await client.number("select 'one()'::regprocedure::oid")
            let files = SchemaFiles.test(
                functions: [
                    Self.one,
                    SchemaFile("result", Self.function("result", "bigint", "one() + 1")),
                    SchemaFile(
                        "arguments",
                        "create function arguments(a int, b int) returns int language sql as 'select a + b'"),
                    SchemaFile("names", "create function names(b int) returns int language sql as 'select b'"),
                    SchemaFile("to", Self.function("moved", "int", "2")),
                ], revision: 2)
            let migrator = Migrator(client: client, files: files, logger: .silent)
            let changes = try await migrator.migrate()
            #expect(changes.functions.map(\.name) == ["result", "arguments", "names", "to"])
            #expect(changes.dropped == ["from", "gone"])
            #expect(try await migrator.report().state == .current)
            #expect(try await client.number("select result() + arguments(1, 2) + names(b => 1) + moved()") == 8)
            #expect(try await client.number("select 'one()'::regprocedure::oid") == untouched)
            #expect(
                try await client.number("select count(*) from pg_proc where pronamespace = 'public'::regnamespace") == 5
            )
        }
    }

    @Test("Functions of another text and the same revision are put in place: a release in the making")
    func sameRevision() async throws {
        try await withClient(isMigrated: false) { client in
            try await Migrator(client: client, files: .test(functions: [Self.one]), logger: .silent).migrate()
            let files = SchemaFiles.test(functions: [SchemaFile("one", Self.function("one", "int", "11"))])
            let migrator = Migrator(client: client, files: files, logger: .silent)
            #expect(try await migrator.report().state == .otherFunctions(["one"], revision: 1))
            try await migrator.migrate()
            #expect(try await client.number("select one()") == 11)
        }
    }

    @Test("An older program leaves newer functions alone, unless it is told to go back")
    func newerFunctions() async throws {
        try await withClient(isMigrated: false) { client in
            let newer = SchemaFiles.test(
                functions: [SchemaFile("one", Self.function("one", "int", "11")), Self.two], revision: 2)
            let older = Migrator(client: client, files: .test(functions: [Self.one]), logger: .silent)
            try await Migrator(client: client, files: newer, logger: .silent).migrate()
            #expect(try await older.report().state == .newerFunctions(2, here: 1))
            let error = await #expect(throws: MigrationError.self) { try await older.migrate() }
            #expect(
                error?.description == """
                    This program is older than the database's functions (revision 1, not 2): use a newer program, or \
                    put this one's in place with `flashsale migrate --go-back`.
                    """)
            #expect(try await client.number("select one() + two()") == 13)

            let changes = try await older.migrate(goingBack: true)
            #expect(changes.functions.map(\.name) == ["one"] && changes.dropped == ["two"])
            #expect(try await client.number("select one()") == 1)
            #expect(try await older.report().state == .current)
            #expect(
                try await Migrator(client: client, files: newer, logger: .silent).report().state
                    == .olderFunctions(1, here: 2))
        }
    }

    @Test("Of two programs that migrate at once, the newer one's functions stay in place")
    func twoPrograms() async throws {
        try await withClient(isMigrated: false) { client in
            let newer = Migrator(
                client: client, files: .test(functions: [Self.one, Self.two], revision: 2), logger: .silent)
            let older = Migrator(client: client, files: .test(functions: [Self.one]), logger: .silent)
            async let left = newer.migrate()
            async let right: SchemaChanges? = try? older.migrate()
            _ = try await (left, right)
            #expect(try await newer.report().state == .current)
            #expect(try await client.number("select one() + two()") == 3)
        }
    }

    @Test("A table file that changed after it ran is named, and nothing is built upon it")
    func changedTableFile() async throws {
        try await withClient { client in
            let migrator = Migrator(client: client, logger: .silent)
            try await client.run("update schema_tables set checksum = sha256('something else')")
            try await client.run("update schema_functions set checksum = sha256('something else')")
            #expect(try await migrator.report().state == .changedTable("0001_ledger"))
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            #expect(error?.description.hasPrefix("The table file 0001_ledger of this program is not the one") == true)
            #expect(
                try await client.number(
                    "select count(*) from schema_functions where checksum <> sha256('something else')") == 0)
        }
    }

    @Test("A database of a newer program is left alone")
    func newerTables() async throws {
        try await withClient { client in
            let migrator = Migrator(client: client, logger: .silent)
            try await client.run(
                "insert into schema_tables (version, name, checksum) values (9999, '9999_later', sha256('later'))")
            let state = try await migrator.report().state
            #expect(state == .newerTables("9999_later") && state.isServed)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate(goingBack: true) }
            #expect(error?.description.hasPrefix("This program is older than the database") == true)
        }
    }

    @Test("A role without the right to create is told so, and nothing is done")
    func noRight() async throws {
        try await withClient(isMigrated: false) { client in
            try await client.execute(
                script: """
                    do $$ begin create role schema_tests_reader; exception when duplicate_object then null; end $$;
                    revoke create on schema public from public;
                    """, deadline: .patient)
            var configuration = client.configuration
            configuration.settings["role"] = "schema_tests_reader"
            let reader = try PostgresClient(configuration)
            let migrator = Migrator(client: reader, logger: .silent)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
            let end = "failed, because the database's role may not do it; nothing of it stands."
            #expect(error?.message == "The table file 0001_ledger \(end)")
            #expect(
                try await client.number("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
                    == 0)

            // Nor may it replace another role's functions, whatever it may create.
            try await client.run("grant create on schema public to schema_tests_reader")
            try await Migrator(client: client, files: .test(functions: [Self.one]), logger: .silent).migrate()
            try await client.run("grant all on schema_tables, schema_functions to schema_tests_reader")
            let files = SchemaFiles.test(functions: [SchemaFile("one", Self.function("one", "int", "11"))], revision: 2)
            let other = await #expect(throws: MigrationError.self) {
                try await Migrator(client: reader, files: files, logger: .silent).migrate()
            }
            #expect(other?.message.contains("because the database's role may not do it") == true)
            #expect(try await client.number("select one()") == 1)
            await reader.shutdown(deadline: .now)
        }
    }

    @Test("A database made before the first release is named as one, and left alone")
    func early() async throws {
        try await withClient(isMigrated: false) { client in
            try await client.execute(
                script: """
                    create table migrations (version int, name text, checksum bytea, applied_at timestamptz);
                    create table order_items (sale_id int);
                    """, deadline: .patient)
            let migrator = Migrator(client: client, logger: .silent)
            let state = try await migrator.report().state
            #expect(state == .early && !state.isServed)
            let error = await #expect(throws: MigrationError.self) { try await migrator.migrate(goingBack: true) }
            #expect(error?.description.hasPrefix("This database was made before the first release") == true)
            #expect(
                try await client.number("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
                    == 2)
        }
    }

    private static let one = SchemaFile("one", function("one", "int", "1"))
    private static let two = SchemaFile("two", function("two", "int", "2"))

    private static func function(_ name: String, _ type: String, _ body: String) -> String {
        "create function \(name)() returns \(type) language sql as 'select (\(body))::\(type)';\n"
    }
}

extension SchemaFiles {
    /// Other files than this program's.
    static func test(
        tables: [SchemaFile] = [SchemaFile("0001_one", "create table one ()")], functions: [SchemaFile] = [],
        revision: Int = 1
    ) -> SchemaFiles {
        SchemaFiles(tables: tables, functions: functions, functionsRevision: revision)
    }
}
