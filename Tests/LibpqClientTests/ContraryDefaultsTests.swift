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
            let sentence = "session_replication_role is replica"
            #expect(error?.message.contains(sentence) == true, "\(String(describing: error))")
            try await client.setDefault(at: .database, "RESET session_replication_role")
            await fresh.shutdown()
            let last = try PostgresClient(configuration)
            #expect(try await last.query(.one, deadline: .patient).count == 1)
            await client.shutdown()
            await last.shutdown()
        }
    }

    @Test("A database that cannot hold every text is refused with its encoding", arguments: [false, true])
    func encoding(acceptsReadOnly: Bool) async throws {
        try await TestServers.shared.withDatabase { url in
            let client = try PostgresClient(PostgresClientConfiguration(url: url))
            let name = "latin_\(UInt32.random(in: 0...UInt32.max))"
            _ = try await client.run("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
            let end = try #require(url.lastIndex(of: "/"))
            var configuration = PostgresClientConfiguration(url: "\(url[...end])\(name)")
            configuration.acceptsReadOnly = acceptsReadOnly
            let latin = try PostgresClient(configuration)
            let error = await failure { try await latin.query(.one, deadline: .patient) }
            #expect(error?.message.contains("encoding is LATIN1") == true, "\(String(describing: error))")
            await latin.shutdown()
            _ = try await client.run("DROP DATABASE \(name)")
            await client.shutdown()
        }
    }

    @Test("A server that is too old is refused with its version", arguments: [("9.6.24", "9.6"), ("14.9", "14")])
    func old(version: String, name: String) async throws {
        let listener = try SilentListener()
        let parameter = Array("server_version\0\(version)\0".utf8)
        // It asks for no password, names its version, and is ready.
        listener.answer(
            with: Array("R".utf8) + [0, 0, 0, 8, 0, 0, 0, 0] + Array("S".utf8) + [0, 0, 0, UInt8(parameter.count + 4)]
                + parameter + Array("Z".utf8) + [0, 0, 0, 5] + Array("I".utf8))
        let url = "postgres://u@127.0.0.1:\(listener.port)/x?sslmode=disable&gssencmode=disable"
        let client = try PostgresClient(PostgresClientConfiguration(url: url))
        let error = await failure { try await client.query(.one, deadline: .patient) }
        let sentence = "the server is Postgres \(name), and this needs 15 or newer"
        #expect(error?.message.contains(sentence) == true, "\(String(describing: error))")
        await client.shutdown()
    }
}

extension PostgresClient {
    /// Changes a default for sessions to come.
    fileprivate func setDefault(at place: ContraryDefaultsTests.Place, _ change: String) async throws {
        let statement = "format('\(place.rawValue) ', current_database(), current_user) || $change$\(change)$change$"
        try await run("DO $$ BEGIN EXECUTE \(statement); END $$")
    }
}
