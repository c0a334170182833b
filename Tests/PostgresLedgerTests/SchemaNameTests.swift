// Ledgers in schemas of any name.

import DevStack
import LibpqClient
import Testing

@testable import PostgresLedger

@Suite("A ledger's schema", .timeLimit(.minutes(2)))
struct SchemaNameTests {
    @Test("The schema may have any name", arguments: ["Shop", "a-b", "select", "we\"ird ü", "1"])
    func schemaNames(name: String) async throws {
        let schema = "\"\(name.replacing("\"", with: "\"\""))\""
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            configuration.settings["search_path"] = schema
            try await PostgresClient(configuration).lend { client in
                try await client.execute(script: "create schema \(schema)", deadline: .patient)
                let migrator = Migrator(client: client, logger: .silent)
                #expect(try await migrator.migrate().tables == SchemaFiles.ofThisBuild.tables)
                #expect(try await migrator.report().state == .current)
                #expect(try await migrator.migrate().isEmpty)
            }
        }
    }
}
