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
            let error = await redisError { () throws(RedisError) in
                try await client.waitUntilConnected(within: .milliseconds(300))
            }
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

    @Test("A missing database is an error that says so")
    func wrongDatabase() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let url = String(redis.url.dropLast(1)) + "65000"
        try await withClient(url, waits: false) { client in
            let error = await redisError { () throws(RedisError) in
                try await client.waitUntilConnected(within: .milliseconds(300))
            }
            #expect(error?.message == "SELECT was answered with ERR")
        }
        await redis.stop()
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
