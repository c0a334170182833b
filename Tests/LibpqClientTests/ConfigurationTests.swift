// Errors of a configuration are sentences, and no secret is printed.

import Testing

@testable import LibpqClient

@Suite struct ConfigurationTests {
    /// A setting that cannot work, and a word of its sentence.
    struct Spoiling: Sendable, CustomTestStringConvertible {
        let word: String
        let spoil: @Sendable (inout PostgresClientConfiguration) -> Void

        init(_ word: String, _ spoil: @escaping @Sendable (inout PostgresClientConfiguration) -> Void) {
            self.word = word
            self.spoil = spoil
        }

        var testDescription: String { word }
    }

    @Test(
        "A limit that cannot work is refused in a sentence",
        arguments: [
            Spoiling("maximum of connections") { $0.connectionsMax = 0 },
            Spoiling("minimum of connections") { $0.connectionsMin = 9 },
            Spoiling("waiters") { $0.waitersMax = 0 },
            Spoiling("prepared statements") { $0.preparedStatementsMax = -1 },
            Spoiling("acquire timeout") { $0.acquireTimeout = .zero },
            Spoiling("connect timeout") { $0.connectTimeout = .zero },
            Spoiling("statement timeout") { $0.statementTimeout = .zero },
            Spoiling("idle-in-transaction timeout") { $0.idleInTransactionTimeout = .zero },
            Spoiling("application name") { $0.applicationName = "a\0b" },
            Spoiling("session setting") { $0.settings = ["a b": "1"] },
        ]
    )
    func problems(spoiling: Spoiling) {
        var configuration = PostgresClientConfiguration(url: "postgres://localhost/x")
        #expect(configuration.problems.isEmpty)
        spoiling.spoil(&configuration)
        #expect(configuration.problems.count == 1)
        #expect(configuration.problems.first?.contains(spoiling.word) == true)
        #expect(throws: PostgresError.self) { _ = try PostgresClient(configuration) }
    }

    @Test(
        "A URL that cannot be read is refused without being shown",
        arguments: [
            "", "postgres://user:hunter2@localhost:port/x?sslmod=on", "postgres://user:hunter2@[::1/x", "hunter2",
            "postgres://user:hunter2@localhost/x?hunter2=1", "postgres://user:hunter2%zz@localhost/x",
            "postgres://user:p@hunter2@localhost/x", "postgres://user@a,p@hunter2/x",
        ]
    )
    func unreadable(url: String) throws {
        let error = #expect(throws: PostgresError.self) {
            _ = try PostgresClient(PostgresClientConfiguration(url: url))
        }
        let text = String(describing: try #require(error))
        #expect(error?.code == .configuration)
        #expect(text.contains("database URL") && !text.contains("hunter2"), "\(text)")
    }

    @Test("A printed, dumped or reflected configuration does not show the URL")
    func redaction() {
        let configuration = PostgresClientConfiguration(url: "postgres://user:hunter2@localhost/x")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("Session settings become calls, with quotes and backslashes escaped")
    func sessionSetUp() {
        var configuration = PostgresClientConfiguration(url: "postgres://localhost/x")
        configuration.statementTimeout = .milliseconds(1_500)
        configuration.idleInTransactionTimeout = nil
        configuration.settings = ["search_path": #"a, "b\c'd""#]
        let statement = SessionSetUp(configuration).statement
        for call in [
            "set_config('default_transaction_isolation', E'read committed', false)",
            "set_config('idle_in_transaction_session_timeout', E'0', false)",
            #"set_config('search_path', E'a, "b\\c''d"', false)"#,
        ] {
            #expect(statement.contains(", " + call + ","), "\(statement)")
        }
        #expect(statement.hasPrefix("set statement_timeout to 1500; "))
    }

    @Test(
        "A host name needs looking up, an address or a socket directory does not",
        arguments: [
            ("postgres://localhost/x", true), ("postgres://127.0.0.1/x", false), ("postgres://[::1]/x", false),
            ("postgres:///x?host=/var/run", false), ("postgres://127.0.0.1,db.test/x", true),
            ("postgres://db.test/x?hostaddr=127.0.0.1", false),
        ])
    func resolution(url: String, isNeeded: Bool) throws {
        #expect(try Self.servers(url).needsLookup == isNeeded)
    }

    @Test(
        "A URL names one server for each host and address, in its order",
        arguments: [
            ("postgres://127.0.0.1:1,127.0.0.2:2/x", ["127.0.0.1  1", "127.0.0.2  2"]),
            ("postgres://127.0.0.1,[::1]:7/x", ["127.0.0.1  5432", "::1  7"]),
            ("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=6", ["a 10.0.0.1 6", "b 10.0.0.2 6"]),
            ("hostaddr=10.0.0.1,10.0.0.2", [" 10.0.0.1 5432", " 10.0.0.2 5432"]),
            ("host=/run/postgresql", ["/run/postgresql  5432"]), ("dbname=x", ["  5432"]),
        ])
    func servers(url: String, expected: [String]) throws {
        let servers = try Self.servers(url).resolved().get()
        #expect(servers.map { "\($0["host"] ?? "") \($0["hostaddr"] ?? "") \($0["port"] ?? "")" } == expected)
    }

    @Test("Lists that do not correspond are libpq's to refuse, in its words")
    func mismatch() async throws {
        let client = try PostgresClient(PostgresClientConfiguration(url: "host=a,b port=1,2,3"))
        let error = await failure { try await client.query(.one, deadline: .patient) }
        let sentence = "could not match 3 port numbers to 2 hosts"
        #expect(error?.message.contains(sentence) == true, "\(String(describing: error))")
        await client.shutdown()
    }

    @Test("A client that writes refuses to ask for a server that cannot", arguments: ["standby", "prefer-standby"])
    func attributes(wanted: String) throws {
        var configuration = PostgresClientConfiguration(
            url: "postgres://127.0.0.1,127.0.0.2/x?target_session_attrs=\(wanted)")
        let error = #expect(throws: PostgresError.self) { _ = try PostgresClient(configuration) }
        #expect(error?.message.contains("target_session_attrs must be read-write, not \(wanted)") == true)
        configuration.acceptsReadOnly = true
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        let servers = try ServerList(ConnectionParameters(configuration, at: site)).resolved().get()
        #expect(servers.count == (wanted == "prefer-standby" ? 4 : 2))
    }

    private static func servers(_ url: String) throws -> ServerList {
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        return ServerList(try ConnectionParameters(PostgresClientConfiguration(url: url), at: site))
    }
}
