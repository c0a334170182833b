// What only operators may see where others can connect.

import FlashSaleHTTP
import Telemetry
import Testing

@Suite("Operators on a port that others reach")
struct OperatorsTests {
    @Test(
        "Beyond loopback the port for operations shows profiles and the log's level for the token alone",
        arguments: ["/debug/pprof/", "/debug/pprof/heap", "/debug/loglevel"])
    func beyondLoopback(target: String) async throws {
        try await TestServer.with { setup in
            setup.configure = { $0.operations.host = "0.0.0.0" }
        } _: { server in
            #expect(try await server.ask("GET", target, ofOperations: true).status == 401)
            let wrong = try await server.ask("GET", target, ["Authorization: Bearer guess"], ofOperations: true)
            #expect(wrong.status == 403)
            let admin = ["Authorization: Bearer \(TestServer.token)"]
            #expect(try await server.ask("GET", target, admin, ofOperations: true).status == 200)
            for open in ["/metrics", "/health", "/readyz", "/healthz"] {
                #expect(try await server.ask("GET", open, ofOperations: true).status == 200)
            }
        }
    }

    @Test(
        "By default the API shows metrics only where it listens on loopback",
        arguments: [("127.0.0.1", 200), ("localhost", 200), ("0.0.0.0", 404)])
    func metrics(host: String, status: Int) async throws {
        try await TestServer.with { setup in
            setup.configure = {
                $0.api.host = host
                $0.metricsOnAPI = .loopback
            }
        } _: { server in
            let answer = try await server.ask("GET", "/metrics")
            #expect(answer.status == status)
        }
    }

    @Test("No description of the configuration has the token")
    func secret() {
        var dumped = ""
        dump(TestServer.Setup().configuration, to: &dumped)
        #expect(!dumped.contains(TestServer.token) && dumped.contains("REDACTED"))
    }
}
