// The client against a server with TLS.

import FoundationEssentials
import HiredisClient
import Testing

@testable import DevStack

@Suite(.timeLimit(.minutes(2)), .enabled(if: Certificates.isInstalled)) struct TLSTests {
    @Test("A server is trusted by its name and by its address", arguments: ["localhost", "127.0.0.1"])
    func trusted(host: String) async throws {
        try await withServer("DNS:localhost,IP:127.0.0.1") { server, certificates in
            let url = "rediss://:\(server.password)@\(host):\(server.port)/3?ssl_ca_certs=\(certificates.authority)"
            try await withClient(url, loops: 2) { client in
                // Larger than a record of TLS, and more than one turn of the event loop.
                let text = String(repeating: "x", count: 3_000_000)
                _ = try await client.send(.words("SET", "k", text))
                #expect(try await client.send(.words("GET", "k")).bytes?.count == text.utf8.count)
                try await withThrowingTaskGroup { group in
                    for number in 0..<200 {
                        group.addTask {
                            let found = try await client.send(.words("ECHO", String(number))).string
                            #expect(found == String(number))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(
        "A server with a certificate that will not do is refused, and the sentence says why",
        arguments: [
            ("DNS:elsewhere", 2, true, "is not trusted: hostname mismatch"),
            ("IP:127.0.0.1", -1, true, "is not trusted: certificate has expired"),
            ("DNS:localhost", -1, true, "is not trusted: certificate has expired"),
            ("DNS:localhost", 2, false, "is not trusted: self-signed certificate"),
        ])
    func untrusted(names: String, days: Int, isOfAuthority: Bool, sentence: String) async throws {
        try await withServer(names, days: days) { server, certificates in
            let host = names.hasPrefix("IP") ? "127.0.0.1" : "localhost"
            let files = isOfAuthority ? "?ssl_ca_certs=\(certificates.authority)" : ""
            let error = try await Self.refusal("rediss://:\(server.password)@\(host):\(server.port)\(files)")
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains(sentence) == true, "\(error?.message ?? "no error")")
        }
    }

    @Test("A server that asks for the client's certificate gets it, and refuses a client without one")
    func clientCertificate() async throws {
        try await withServer("DNS:localhost", settings: ["tls-auth-clients yes"]) { server, certificates in
            let url = "rediss://:\(server.password)@localhost:\(server.port)?ssl_ca_certs=\(certificates.authority)"
            let refusal = try await Self.refusal(url)
            #expect(refusal?.message.contains("certificate required") == true, "\(refusal?.message ?? "no error")")
            let own = try await certificates.make("DNS:client")
            try await withClient("\(url)&ssl_certfile=\(own.certificate)&ssl_keyfile=\(own.key)") { client in
                let found = try await client.send(.words("PING"))
                #expect(found == .status("PONG"))
            }
        }
    }

    @Test("A certificate that is renewed in its file is used without a restart")
    func renewed() async throws {
        try await withServer("DNS:localhost", settings: ["tls-auth-clients yes"]) { server, certificates in
            let own = try await certificates.make("DNS:client", days: -1)
            let url = "rediss://:\(server.password)@localhost:\(server.port)?ssl_ca_certs=\(certificates.authority)"
            try await withClient("\(url)&ssl_certfile=\(own.certificate)&ssl_keyfile=\(own.key)", waits: false) {
                client in
                let error = await redisError { () throws(RedisError) in try await client.meetServers() }
                #expect(error?.message.contains("expired") == true, "\(error?.message ?? "no error")")
                let renewed = try await certificates.make("DNS:client")
                try Self.copy(renewed.certificate, to: own.certificate)
                try Self.copy(renewed.key, to: own.key)
                try await client.waitUntilConnected(within: .seconds(20))
            }
        }
    }

    @Test("Between the client and its sentinels there is TLS too")
    func sentinel() async throws {
        try await withServer("IP:127.0.0.1") { server, certificates in
            let port = try LoopbackPort.free()
            let file = certificates.file("sentinel.conf")
            let monitor = [
                "port 0", "tls-replication yes", "sentinel monitor gate 127.0.0.1 \(server.port) 1",
                "sentinel auth-pass gate \(server.password)",
            ]
            let lines = monitor + server.settings.map { $0.replacing("\(server.port)", with: "\(port.number)") }
            try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let sentinel = try WatchedProcess(
                [try ServerProgram.find("redis-server", package: "redis-server"), file, "--sentinel"],
                lastSignal: .terminate, output: certificates.file("sentinel.log"), lock: nil)
            let url = "sentinel://:\(server.password)@127.0.0.1:\(port.number)/gate?"
            let files = "ssl_ca_certs=\(certificates.authority)"
            try await withClient("rediss+\(url)\(files)") { client in
                let found = try client.connectedServers.get()[0].address
                #expect(found == .tcp(host: "127.0.0.1", port: server.port))
            }
            let plain = try await Self.refusal("redis+\(url)")
            #expect(plain?.message.contains("no sentinel answers") == true, "\(plain?.message ?? "no error")")
            sentinel.release()
            _ = await sentinel.watcher.end(within: .seconds(10))
        }
    }

    @Test("Between the client and the nodes of a cluster there is TLS too")
    func cluster() async throws {
        let bus = try LoopbackPort.free()
        let lines = ["tls-auth-clients no", "tls-cluster yes", "cluster-enabled yes", "cluster-port \(bus.number)"]
        try await withServer("IP:127.0.0.1", settings: lines) { server, certificates in
            #expect(server.redis.reply(to: "CLUSTER ADDSLOTSRANGE 0 16383") == "+OK\r\n")
            let url = "cluster://:\(server.password)@127.0.0.1:\(server.port)?"
            try await withClient("rediss-\(url)ssl_ca_certs=\(certificates.authority)") { client in
                // The port of the map is that of TLS.
                let found = try client.connectedServers.get().map(\.address)
                #expect(found == [.tcp(host: "127.0.0.1", port: server.port)])
            }
            let plain = try await Self.refusal("redis-\(url)")
            #expect(plain?.message.hasPrefix("no node of the cluster answers") == true, "\(plain?.message ?? "")")
        }
    }

    @Test("A file that is not what it should be is named")
    func badFiles() async throws {
        try await Certificates.with { certificates in
            let own = try await certificates.make("DNS:client")
            for (file, query) in [
                ("/nowhere/ca.pem", "ssl_ca_certs=/nowhere/ca.pem"),
                (own.key, "ssl_ca_certs=\(own.key)"),
                (own.key, "ssl_certfile=\(own.key)"),
                (certificates.authority, "ssl_certfile=\(own.certificate)&ssl_keyfile=\(certificates.authority)"),
            ] {
                try await ScriptedServer.run({ _ in nil }) { server in
                    let error = try await Self.refusal("rediss\(server.url.dropFirst("redis".count))?\(query)")
                    #expect(error?.code == .configuration)
                    #expect(error?.message.hasPrefix("\(file) cannot be read") == true, "\(error?.message ?? "")")
                }
            }
        }
    }

    @Test("A server without TLS is refused by a client with TLS")
    func plain() async throws {
        try await ScriptedServer.run({ _ in nil }) { server in
            let error = try await Self.refusal("rediss\(server.url.dropFirst("redis".count))")
            #expect(error?.code == .connectionFailed || error?.code == .deadlineExceeded)
            #expect(error?.message.contains("TLS") == true, "\(error?.message ?? "no error")")
        }
    }

    // MARK: The parts

    /// A Redis with TLS on a port of its own.
    private struct Server {
        let redis: PrivateRedis
        let port: Int
        let password: String
        /// Its lines about TLS.
        let settings: [String]
    }

    private func withServer(
        _ names: String, days: Int = 2, settings: [String] = ["tls-auth-clients no"],
        _ body: (Server, Certificates) async throws -> Void
    ) async throws {
        try await Certificates.with { certificates in
            let (certificate, key) = try await certificates.make(names, days: days)
            let port = try LoopbackPort.free()
            var configuration = PrivateRedis.Configuration.ephemeral
            configuration.settings =
                [
                    "tls-port \(port.number)", "tls-cert-file \(certificate)", "tls-key-file \(key)",
                    "tls-ca-cert-file \(certificates.authority)",
                ] + settings
            let redis = try await PrivateRedis.start(configuration)
            let password = try #require(redis.url.split(whereSeparator: { ":@/".contains($0) }).dropFirst().first)
            let server = Server(
                redis: redis, port: Int(port.number), password: String(password), settings: configuration.settings)
            try await body(server, certificates)
            await redis.stop()
        }
    }

    /// Why a client of this URL finds no server.
    private static func refusal(_ url: String) async throws -> RedisError? {
        try await withClient(url, waits: false) { client in
            await redisError { () throws(RedisError) in try await client.meetServers() }
        }
    }

    private static func copy(_ source: String, to target: String) throws {
        try String(contentsOfFile: source, encoding: .utf8).write(toFile: target, atomically: true, encoding: .utf8)
    }
}
