// The decisions of an attempt to connect: which server comes next, for how long, and what is said in the end.

import Testing

@testable import LibpqClient

@Suite struct ServerTurnsTests {
    @Test("Servers are tried in their order from the one that was well last, each once")
    func order() throws {
        let servers = try Self.servers(3)
        func ports(after first: ConnectionParameters?) -> [String?] {
            var turns = ServerTurns(servers, first: first, within: .seconds(2))
            return (0..<4).map { _ in turns.next()?["port"] }
        }
        #expect(ports(after: nil) == ["1", "2", "3", nil])
        #expect(ports(after: servers[1]) == ["2", "3", "1", nil])
        let unknown = try Self.servers(4)[3]
        #expect(ports(after: unknown) == ["1", "2", "3", nil])
    }

    @Test(
        "Servers share the time of an attempt, and each gets 300 ms at least",
        arguments: [(1, 2_000), (2, 1_000), (5, 400), (9, 300)])
    func share(count: Int, milliseconds: Int) throws {
        let turns = ServerTurns(try Self.servers(count), first: nil, within: .seconds(2))
        #expect(turns.share == .milliseconds(milliseconds))
    }

    @Test("What the servers said is one sentence, in which each thing is said once")
    func failure() {
        var turns = ServerTurns(first: nil, within: .seconds(2))
        #expect(turns.failure == nil)
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        turns.failed(PostgresError(.connectionFailed, "refused", at: site))
        #expect(turns.failure?.message == "refused" && turns.failure?.sqlState == nil)
        turns.failed(.readOnly("it is a standby"))
        turns.failed(.readOnly("it is a standby"))
        #expect(turns.failure?.message == "refused; it is a standby" && turns.failure?.sqlState == "25006")
    }

    /// Servers with the ports 1 to the count.
    private static func servers(_ count: Int) throws -> [ConnectionParameters] {
        let url = "postgres://" + (1...count).map { "127.0.0.1:\($0)" }.joined(separator: ",") + "/x"
        let site = CallSite(statementName: nil, file: #fileID, line: #line)
        return try ServerList(ConnectionParameters(PostgresClientConfiguration(url: url), at: site)).resolved().get()
    }
}
