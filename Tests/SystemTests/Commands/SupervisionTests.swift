// A service that was started by systemd: what it says, and the sockets that it inherits.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("Under a supervisor")
    struct SupervisionTests {
        @Test("It says when it is ready, gives signs of life, and says when it stops", arguments: ["/", "@"])
        func messages(kind: String) async throws {
            try await Deployment.with { deployment in
                let supervisor = try SupervisorSocket(isAbstract: kind == "@")
                let service = try await deployment.serveUnscheduled([
                    "NOTIFY_SOCKET": supervisor.name, "WATCHDOG_USEC": "600000", "FLASHSALE_DRAIN_SECONDS": "1",
                ])
                try await until("it is ready") { supervisor.heard.contains { $0.hasPrefix("READY=1\nSTATUS=") } }
                let ready = try #require(supervisor.heard.firstIndex { $0.hasPrefix("READY=1") })
                #expect(supervisor.heard[ready].contains("port \(service.port)"))
                #expect(supervisor.heard[..<ready].contains("STATUS=asking the stores"))
                try await until("it gives signs of life") { supervisor.heard.count { $0 == "WATCHDOG=1" } > 2 }
                service.process.send(.terminate)
                #expect(await service.process.end() == 0)
                let stopping = try #require(supervisor.heard.firstIndex { $0.hasPrefix("STOPPING=1\n") })
                #expect(supervisor.heard[stopping...].contains("WATCHDOG=1"), "it may drain for longer than a watchdog")
            }
        }

        @Test("A start that fails says why")
        func failure() async throws {
            let supervisor = try SupervisorSocket(isAbstract: false)
            let process = try ServiceProcess(
                ["serve"],
                settings: [
                    "NOTIFY_SOCKET": supervisor.name, "FLASHSALE_DATABASE_URL": "postgres://127.0.0.1:1/shop",
                    "FLASHSALE_REDIS_URL": "redis://127.0.0.1:1",
                ])
            #expect(await process.end() == 1)
            let last = try #require(supervisor.heard.last)
            #expect(last.hasPrefix("STATUS=the database cannot be reached"))
            #expect(!supervisor.heard.contains { $0.contains("READY=1") })
        }

        @Test(
            "It serves on the sockets that systemd opened",
            .enabled(if: SocketActivation.isInstalled, "systemd-socket-activate is not installed"))
        func inherited() async throws {
            try await Deployment.with { deployment in
                var activation = try SocketActivation(names: "operations:api", settings: deployment.settings)
                try await until("the service is ready") {
                    // Another process may have taken a port that was free.
                    if activation.process.hasEnded {
                        activation = try SocketActivation(names: "operations:api", settings: deployment.settings)
                    }
                    return (try? await activation.ask("/readyz", at: activation.ports[0])) == 200
                }
                let (operations, api) = (activation.ports[0], activation.ports[1])
                #expect(try await activation.ask("/sales/77", at: api) == 404)
                #expect(try await activation.ask("/metrics", at: operations) == 200)
                await activation.process.stop()
            }
        }

        @Test(
            "A socket that no listener can use is refused in a sentence",
            .enabled(if: SocketActivation.isInstalled, "systemd-socket-activate is not installed"),
            arguments: [
                ("web:api", "FileDescriptorName= to api or operations"), ("api:api", "two inherited sockets"),
            ])
        func misnamed(names: String, sentence: String) async throws {
            let activation = try SocketActivation(names: names, settings: [:])
            try await until("it ends") {
                _ = try? await activation.ask("/readyz", at: activation.ports[0])
                return activation.process.hasEnded
            }
            #expect(activation.process.errors.contains(sentence), "\(activation.process.errors)")
        }
    }
}

/// Starts `flashsale serve` as systemd starts a service that has a socket: with the first connection.
private struct SocketActivation {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    private static let program = "/usr/bin/systemd-socket-activate"

    let process: ServiceProcess
    let ports: [Int]

    init(names: String, settings: [String: String]) throws {
        ports = try names.split(separator: ":").map { _ in try LoopbackPort.free().number }
        let variables = settings.merging(["LLVM_PROFILE_FILE": "/dev/null"]) { $1 }.map { " -E '\($0)=\($1)'" }.joined()
        let listening = ports.map { " -l 127.0.0.1:\($0)" }.joined()
        let shell = "exec \(Self.program) --fdname=\(names)\(listening)\(variables) \"$@\" > \"$out\" 2> \"$err\""
        process = try ServiceProcess(["serve"], shell: shell)
    }

    func ask(_ path: String, at port: Int) async throws -> Int {
        try await Crowd.run(1, ports: [port]) { connections, _ in try connections[0].send("GET", path).status }[0]
    }
}
