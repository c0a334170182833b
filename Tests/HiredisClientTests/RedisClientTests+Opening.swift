// Opening a connection to a real server: credentials, databases, sockets.

import DevStack
import HiredisClient
import Telemetry
import Testing

extension RedisClientTests {
    @Test("The error of a wrong password does not repeat it")
    func wrongPassword() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        try await withClient("redis://:hunter2@127.0.0.1:\(redis.port)", waits: false) { client in
            let error = await redisError { () throws(RedisError) in try await client.meetServers() }
            #expect(error?.code == .configuration)
            #expect(error?.message == "Redis refuses the user or the password")
            #expect(error?.description.contains("hunter2") == false)
        }
        await redis.stop()
    }

    @Test("A user without a password authenticates by its name")
    func userWithoutPassword() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        try await withClient(redis.url) { console in
            _ = try await console.send(.words("ACL", "SETUSER", "app", "on", "nopass", "+@all", "~*"))
        }
        try await withClient("redis://app@127.0.0.1:\(redis.port)") { client in
            let found = try await client.send(.words("ACL", "WHOAMI")).string
            #expect(found == "app")
        }
        await redis.stop()
    }

    @Test("A missing database is an error of the URL, in the server's words")
    func wrongDatabase() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let url = String(redis.url.dropLast(1)) + "65000"
        try await withClient(url, waits: false) { client in
            let error = await redisError { () throws(RedisError) in try await client.meetServers() }
            #expect(error?.code == .configuration)
            #expect(error?.message == "Redis refuses the database of the URL: ERR DB index is out of range")
        }
        await redis.stop()
    }

    @Test("A password that nobody asks for is an error of the URL, and is not repeated")
    func needlessPassword() async throws {
        let says = "ERR AUTH <password> called without any password configured for the default user. Are you sure?"
        try await ScriptedServer.run {
            $0[0] == "AUTH" ? "-\(says)\r\n" : nil
        } _: { server in
            let url = server.url.replacing("redis://", with: "redis://:hunter2@")
            try await withClient(url, waits: false) { client in
                let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                #expect(error?.code == .configuration)
                #expect(error?.message == "Redis refuses the user or the password of the URL: \(says)")
                #expect(error?.description.contains("hunter2") == false)
            }
        }
    }

    @Test(
        "What a server says without being asked is why its connection ended",
        arguments: [
            ("-ERR max number of clients reached\r\n", RedisError.Code.connectionFailed, "maxclients"),
            ("-DENIED Redis is running in protected mode because\r\n", .configuration, "protected mode"),
            ("+OK\r\n", .protocol, "no command asked for"),
        ])
    func unasked(says: String, code: RedisError.Code, word: String) async throws {
        // The first reply is to the PING; the other comes before the next command.
        try await ScriptedServer.run {
            $0[0] == "PING" ? "+PONG\r\n\(says)" : nil
        } _: { server in
            try await withClient(server.url, waits: false) { client in
                let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                #expect(error?.code == code && error?.message.contains(word) == true, "\(String(describing: error))")
            }
        }
    }

    @Test("The client connects over a Unix socket too")
    func unixSocket() async throws {
        let path = "/tmp/redis-\(UInt32.random(in: 0...UInt32.max)).sock"
        var configuration = PrivateRedis.Configuration.ephemeral
        configuration.settings = ["unixsocket \(path)"]
        let redis = try await PrivateRedis.start(configuration)
        let credentials = redis.url.dropFirst("redis://".count).prefix { $0 != "@" }
        for scheme in ["unix", "redis+unix"] {
            try await withClient("\(scheme)://\(credentials)@\(path)?db=3") { client in
                _ = try await client.send(.words("INCR", "k"))
                let keys = try await client.send(.words("INFO", "keyspace")).string ?? ""
                #expect(keys.contains("db3:"))
                #expect(try client.connectedServers.get()[0].address == .unix(path: path))
            }
        }
        await redis.stop()
    }
}
