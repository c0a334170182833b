// Roles and databases whose defaults are contrary to what the client's callers rely on.

import DevStack
import Testing

@testable import LibpqClient

@Suite struct ContraryDefaultsTests {
    /// Where a default stands.
    enum Place: String, CaseIterable {
        case database = "ALTER DATABASE %1$I"
        case role = "ALTER ROLE %2$I IN DATABASE %1$I"
    }

    /// A setting, a default against it, and what a session has.
    private static let settings = [
        ("default_transaction_isolation", "serializable", "read committed"),
        ("default_transaction_deferrable", "on", "off"),
        ("TimeZone", "Asia/Kathmandu", "UTC"), ("DateStyle", "German, DMY", "ISO, MDY"),
        ("IntervalStyle", "sql_standard", "postgres"), ("standard_conforming_strings", "off", "on"),
        ("bytea_output", "escape", "hex"), ("extra_float_digits", "-10", "1"), ("jit", "on", "off"),
        ("plan_cache_mode", "force_custom_plan", "auto"), ("row_security", "on", "off"),
        ("statement_timeout", "10", "7s"), ("lock_timeout", "1", "0"),
        ("idle_in_transaction_session_timeout", "1", "8s"), ("idle_session_timeout", "60000", "0"),
        ("client_encoding", "LATIN1", "UTF8"),
    ]

    @Test("A session has what its callers rely on, whatever the database or the role says", arguments: Place.allCases)
    func settings(at place: Place) async throws {
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            configuration.statementTimeout = .seconds(7)
            configuration.idleInTransactionTimeout = .seconds(8)
            let client = try PostgresClient(configuration)
            for (name, contrary, _) in Self.settings {
                try await client.setDefault(at: place, "SET \(name) = '\(contrary)'")
            }
            let fresh = try PostgresClient(configuration)
            for (name, _, relied) in Self.settings {
                let value = try await fresh.run("SELECT current_setting('\(name)')")[0][0].string()
                #expect(value == relied, "\(name)")
            }
            await client.shutdown()
            await fresh.shutdown()
        }
    }

    @Test("A client without limits sets none, whatever the database says")
    func noLimits() async throws {
        try await TestServers.shared.withDatabase { url in
            var configuration = PostgresClientConfiguration(url: url)
            let client = try PostgresClient(configuration)
            try await client.setDefault(at: .database, "SET statement_timeout = '50'")
            configuration.statementTimeout = nil
            let fresh = try PostgresClient(configuration)
            #expect(try await fresh.run("SHOW statement_timeout")[0][0].string() == "0")
            await client.shutdown()
            await fresh.shutdown()
        }
    }

    @Test("Sessions without triggers are refused in a sentence, until there are others")
    func noTriggers() async throws {
        try await TestServers.shared.withDatabase { url in
            let configuration = PostgresClientConfiguration(url: url)
            let client = try PostgresClient(configuration)
            try await client.setDefault(at: .database, "SET session_replication_role = replica")
            let fresh = try PostgresClient(configuration)
            let error = await failure { try await fresh.query(.one, deadline: .patient) }
            #expect(error?.message.contains("session_replication_role is replica") == true, "\(error!)")
            try await client.setDefault(at: .database, "RESET session_replication_role")
            await fresh.shutdown()
            let last = try PostgresClient(configuration)
            #expect(try await last.query(.one, deadline: .patient).count == 1)
            await client.shutdown()
            await last.shutdown()
        }
    }

    @Test(
        "A server that is too old is refused with its version",
        arguments: [(90_624, "9.6"), (130_003, "13"), (149_999, "14"), (150_000, nil), (180_006, nil)])
    func old(version: Int32, name: String?) {
        let sentence = name.map { "the server is Postgres \($0), and this needs 15 or newer" }
        #expect(SessionSetUp.refusal(ofServer: version)?.message == sentence)
    }
}

extension PostgresClient {
    /// Changes a default for sessions to come.
    fileprivate func setDefault(at place: ContraryDefaultsTests.Place, _ change: String) async throws {
        let statement = "format('\(place.rawValue) ', current_database(), current_user) || $change$\(change)$change$"
        try await run("DO $$ BEGIN EXECUTE \(statement); END $$")
    }
}
