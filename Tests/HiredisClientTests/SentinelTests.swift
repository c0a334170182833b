// Sentinels that do not agree, do not answer, or lie. Real ones, with a failover, are in SystemTests.

import DevStack
import Synchronization
import Telemetry
import Testing

@testable import HiredisClient

@Suite(.timeLimit(.minutes(1))) struct SentinelTests {
    private typealias Answer = SentinelInquiry.Answer

    private static let (a, b) = (Answer.master(.tcp(host: "a", port: 1)), Answer.master(.tcp(host: "b", port: 2)))

    private static func inquiry(of count: Int, _ answers: Answer...) -> SentinelInquiry {
        var inquiry = SentinelInquiry(service: "gate", count: count)
        for answer in answers { inquiry.take(answer) }
        return inquiry
    }

    @Test("What most sentinels say comes first, and what one alone says is tried too")
    func votes() throws {
        let inquiry = Self.inquiry(of: 3, Self.b, Self.a, Self.a)
        #expect(try inquiry.candidates() == [.tcp(host: "a", port: 1), .tcp(host: "b", port: 2)])
    }

    @Test("The inquiry is decided when more than half of all sentinels agree, and not before")
    func decided() {
        #expect(Self.inquiry(of: 3, Self.a, Self.a).isDecided)
        #expect(Self.inquiry(of: 1, Self.a).isDecided)
        #expect(!Self.inquiry(of: 3, Self.a).isDecided)
        #expect(!Self.inquiry(of: 3, Self.a, Self.b).isDecided)
        #expect(!Self.inquiry(of: 2, Self.a).isDecided)
        #expect(!Self.inquiry(of: 3, .unknown, .unknown).isDecided)
    }

    @Test("Without a named server the error says what the sentinels said")
    func nobody() {
        let unknown = #expect(throws: RedisError.self) {
            try Self.inquiry(of: 2, .unknown, .failed("x")).candidates()
        }
        #expect(unknown?.message == "the sentinels know no service gate")
        let silent = #expect(throws: RedisError.self) {
            try Self.inquiry(of: 2, .failed("y: refused"), .failed("x: late")).candidates()
        }
        #expect(silent?.message == "no sentinel answers (x: late; y: refused)")
    }

    @Test(
        "Only two texts with a port are an address",
        arguments: [
            RedisReply.array([]), .array([.bulk([])]), .integer(1), .status("OK"),
            .array([.bulk(Array("h".utf8)), .bulk(Array("0".utf8))]), .array([.bulk([]), .bulk(Array("1".utf8))]),
        ])
    func malformed(reply: RedisReply) {
        guard case .failed = Answer(reply) else {
            Issue.record("\(reply) was believed")
            return
        }
    }

    @Test("The master that two of three sentinels name is found; the liar names another master")
    func outvoted() async throws {
        try await withMasters { master, other in
            try await withSentinels([other.port, master.port, master.port]) { url in
                let url = url(master)
                try await withClient(url) { client in
                    let found = try client.connectedServers.get()[0].address
                    #expect(found == .tcp(host: "127.0.0.1", port: Int(master.port)))
                }
            }
        }
    }

    @Test("A server that most sentinels name is not believed unless it says itself that it is a master")
    func replicaNamed() async throws {
        try await withMasters { master, replica in
            try await withClient(replica.url) { console in
                _ = try await console.send(.words("REPLICAOF", "127.0.0.1", "1"))
                try await withSentinels([replica.port, replica.port, master.port]) { url in
                    try await withClient(url(master)) { client in
                        let found = try client.connectedServers.get()[0].address
                        #expect(found == .tcp(host: "127.0.0.1", port: Int(master.port)))
                    }
                }
                try await withSentinels([replica.port]) { url in
                    try await withClient(url(master), waits: false) { client in
                        let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                        #expect(error?.message.hasSuffix("is a replica and cannot write") == true)
                        // The sentinel was early. Once it is right, the client connects.
                        _ = try await console.send(.words("REPLICAOF", "NO", "ONE"))
                        try await client.waitUntilConnected(within: .seconds(20))
                    }
                }
            }
        }
    }

    @Test("A server that was replaced is left though it still says that it is a master, once the other is fit")
    func replaced() async throws {
        try await withMasters { old, new in
            let isReplaced = Atomic(false)
            let asked = Atomic(0)
            let replies = (Self.reply(old.port), Self.reply(new.port))
            let answer: ScriptedServer.Answer = { words in
                guard isReplaced.load(ordering: .relaxed) else { return replies.0(words) }
                asked.add(1, ordering: .relaxed)
                return replies.1(words)
            }
            try await withClient(new.url) { console in
                _ = try await console.send(.words("REPLICAOF", "127.0.0.1", "1"))
                try await ScriptedServer.run(answer) { sentinel in
                    let url = "redis+sentinel://:\(old.password)@\(sentinel.url.dropFirst("redis://".count))/gate"
                    try await withClient(url, configure: { $0.sentinelInterval = .milliseconds(20) }) { client in
                        let connection = try await client.connection()
                        isReplaced.store(true, ordering: .relaxed)
                        // The sentinel names it too early: it is no master yet, so the connection stays.
                        while asked.load(ordering: .relaxed) < 9 {
                            try Task.checkCancellation()
                            await Task.yield()
                        }
                        _ = try await connection.send(.words("PING"))
                        _ = try await console.send(.words("REPLICAOF", "NO", "ONE"))
                        var address: RedisConfiguration.Address?
                        repeat {
                            address = try? client.connectedServers.get()[0].address
                        } while address?.port != Int(new.port)
                        let left = await redisError { () throws(RedisError) in
                            try await connection.send(.words("PING"))
                        }
                        #expect(left?.message.contains("as the master now") == true, "\(left?.message ?? "no error")")
                    }
                }
            }
        }
    }

    @Test("Dead and broken sentinels do not keep the client from the others")
    func deadSentinels() async throws {
        try await withMasters { master, _ in
            try await withSentinels([nil, 0, master.port], dead: 1) { url in
                try await withClient(url(master)) { client in
                    let found = try await client.send(.words("PING"))
                    #expect(found == .status("PONG"))
                }
            }
        }
    }

    @Test("A sentinel with a password of its own gets that one, and Redis gets its own")
    func credentials() async throws {
        try await withMasters { master, _ in
            let reply = Self.reply(master.port)
            let answer: ScriptedServer.Answer = { words in
                switch words[0] {
                case "AUTH": words == ["AUTH", "watch", "y"] ? "+OK\r\n" : "-WRONGPASS no\r\n"
                default: reply(words)
                }
            }
            try await ScriptedServer.run(answer) { sentinel in
                let place = sentinel.url.dropFirst("redis://".count)
                let user = "sentinel_username=watch&sentinel_password="
                let url = "redis+sentinel://:\(master.password)@\(place)/gate?\(user)"
                try await withClient(url + "y") { client in
                    let found = try await client.send(.words("PING"))
                    #expect(found == .status("PONG"))
                }
                try await withClient(url + "z", waits: false) { client in
                    let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                    #expect(error?.message == "no sentinel answers (\(place): Redis refuses the user or the password)")
                }
            }
        }
    }

    // MARK: The parts

    private struct Master {
        let url: String
        let password: String
        let port: UInt16
    }

    /// Lends two servers with one password.
    private func withMasters(_ body: (Master, Master) async throws -> Void) async throws {
        let (first, second) = (try await PrivateRedis.start(.ephemeral), try await PrivateRedis.start(.ephemeral))
        let passwords = [first, second].map { redis in
            String(redis.url.split(whereSeparator: { ":@/".contains($0) })[1])
        }
        try await withClient(second.url) { console in
            _ = try await console.send(.words("CONFIG", "SET", "requirepass", passwords[0]))
        }
        let url = second.url.replacing(passwords[1], with: passwords[0])
        try await body(
            Master(url: first.url, password: passwords[0], port: UInt16(first.port)),
            Master(url: url, password: passwords[0], port: UInt16(second.port)))
        await first.stop()
        await second.stop()
    }

    /// What a sentinel replies that takes the server on a port for the master: 0 for an address without a port, nil for
    /// no service of that name.
    private static func reply(_ port: UInt16?) -> ScriptedServer.Answer {
        let reply = port.map { "*2\r\n\(bulk("127.0.0.1"))\(bulk($0 == 0 ? "" : String($0)))" } ?? "*-1\r\n"
        return { $0 == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "gate"] ? reply : nil }
    }

    /// Runs sentinels that name the servers on these ports, and some addresses without any.
    private func withSentinels(
        _ ports: [UInt16?], dead: Int = 0, _ places: [String] = [],
        _ body: ((Master) -> String) async throws -> Void
    ) async throws {
        guard let port = ports.first else {
            let all = (places + Array(repeating: "127.0.0.1:1", count: dead)).joined(separator: ",")
            return try await body { "redis+sentinel://:\($0.password)@\(all)/gate" }
        }
        try await ScriptedServer.run(Self.reply(port)) { sentinel in
            let place = String(sentinel.url.dropFirst("redis://".count))
            try await withSentinels(Array(ports.dropFirst()), dead: dead, places + [place], body)
        }
    }
}

extension RedisConfiguration.Address {
    fileprivate var port: Int? { if case .tcp(_, let port) = self { port } else { nil } }
}
