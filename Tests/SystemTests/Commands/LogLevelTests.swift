// The level of the log at run time: an operator raises it for a while, over HTTP or by a signal.

import Glibc
import Testing

extension SystemTests {
    @Suite("The level of the log")
    struct LogLevelTests {
        @Test("A PUT sets the level; a SIGHUP restores the configured one, the next one the most detailed one")
        func change() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                #expect(try await Self.level(of: service) == "notice\n")
                let set = try await service.ask("PUT", "/debug/loglevel", body: "debug", ofOperations: true)
                #expect(set.status == 200 && set.text == "debug\n")
                #expect(try await Self.level(of: service) == "debug\n")
                try await Self.hangUp(service, andExpect: "notice\n")
                try await Self.hangUp(service, andExpect: "debug\n")
                await service.process.stop()
            }
        }

        private static func level(of service: ServeProcess) async throws -> String {
            try await service.ask("GET", "/debug/loglevel", ofOperations: true).text
        }

        private static func hangUp(_ service: ServeProcess, andExpect level: String) async throws {
            let process = try #require(service.process.id)
            #expect(kill(process, SIGHUP) == 0)
            try await until("the level is \(level)") { try await Self.level(of: service) == level }
        }
    }
}
