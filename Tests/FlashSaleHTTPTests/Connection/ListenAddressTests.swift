// Which clients reach a listener, by the host that it is given.

import FlashSaleHTTP
import Logging
import Testing

@Suite("The host of a listener")
struct ListenAddressTests {
    /// A host, and whether clients of IPv4 and of IPv6 reach it.
    struct Reach: Sendable {
        let host: String
        let fromIPv4: Bool
        let fromIPv6: Bool
    }

    @Test(
        "It is reached by IPv4, by IPv6 or by both, and each client is known by its own address",
        arguments: [
            Reach(host: "127.0.0.1", fromIPv4: true, fromIPv6: false),
            Reach(host: "0.0.0.0", fromIPv4: true, fromIPv6: false),
            Reach(host: "::1", fromIPv4: false, fromIPv6: true), Reach(host: "::", fromIPv4: true, fromIPv6: true),
        ])
    func reach(_ reach: Reach) async throws {
        try await TestServer.with {
            $0.configure = { configuration in
                configuration.api.host = reach.host
                configuration.operations.host = reach.host
                configuration.adminToken = nil
            }
        } _: { server in
            for (client, isReached) in [("127.0.0.1", reach.fromIPv4), ("::1", reach.fromIPv6)] {
                for port in [server.ports.api, server.ports.operations] {
                    let status = try? await RawConnection.with(host: client, port: port) { connection in
                        try await connection.send("GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n")
                        return try await connection.answer()?.status
                    }
                    #expect((status == 200) == isReached, "\(client) to \(reach.host)")
                }
                if isReached { await server.logs.hears { $0.metadata["client_ip"]?.description == client } }
            }
        }
    }

    @Test(
        "A host that nobody knows is reported in one sentence", arguments: ["no-such-host.invalid", "::2", "256.0.0.1"])
    func unknown(host: String) async throws {
        let failure = await #expect(throws: ListenFailure.self) {
            try await TestServer.with {
                $0.configure = { $0.api.host = host }
            } _: { _ in
            }
        }
        let sentences = ["the host has no such address", "no host of this name is known"]
        #expect(sentences.contains(failure?.why ?? ""), "\(failure?.description ?? "")")
    }
}
