// The client against servers that break the rules.

import HiredisClient
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct BrokenServerTests {
    @Test(
        "A broken reply ends the connection with a protocol error, and nothing else",
        arguments: [
            "nonsense\r\n", "*2147483647\r\n", "$99999999999999999999\r\n", "+OK\r\n+unasked\r\n", "*9\r\n$z\r\n",
        ])
    func brokenReply(text: String) async throws {
        try await ScriptedServer.run({ $0[0] == "BREAK" ? text : nil }) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection()
                async let first = redisError { () throws(RedisError) in try await connection.send(.words("BREAK")) }
                _ = await first
                let error = await redisError { () throws(RedisError) in try await connection.send(.words("SILENT")) }
                #expect(error?.code == .protocol || error?.code == .connectionLost)
                try await client.waitUntilConnected(within: .seconds(10))
            }
        }
    }

    @Test("A connection whose oldest command stays overdue is closed")
    func stuck() async throws {
        try await ScriptedServer.run({ _ in nil }) { server in
            try await withClient(server.url, configure: { $0.overdueLimit = .milliseconds(20) }) { client in
                let connection = try await client.connection()
                let late = await redisError { () throws(RedisError) in
                    try await connection.send(.words("SILENT"), within: .milliseconds(10))
                }
                #expect(late?.code == .deadlineExceeded)
                let patient = await redisError { () throws(RedisError) in
                    try await connection.send(.words("SILENT"), within: .seconds(30))
                }
                #expect(patient?.code == .connectionLost)
            }
        }
    }

    @Test("An error does not repeat what the server quotes from a command")
    func quotedArguments() async throws {
        let reply = "-ERR unknown command 'AUHT', with args beginning with: 'hunter2'\r\n"
        try await ScriptedServer.run({ $0[0] == "AUHT" ? reply : nil }) { server in
            try await withClient(server.url) { client in
                let error = await redisError { () throws(RedisError) in
                    try await client.send(.words("AUHT", "hunter2"))
                }
                #expect(error?.code == .server(prefix: "ERR"))
                #expect(error?.description.contains("hunter2") == false)
            }
        }
    }
}
