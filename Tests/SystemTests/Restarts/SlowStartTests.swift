// A service that starts before its database is ready to answer.

import Testing

extension SystemTests {
    @Suite("A slow start")
    struct SlowStartTests {
        @Test("A service with a silent database waits for it, and serves as soon as it replies")
        func slow() async throws {
            try await FaultStage.with { stage in
                try await stage.postgresLine.set(.halfOpen)
                let ports = ["FLASHSALE_HTTP_HOST": "127.0.0.1", "FLASHSALE_HTTP_PORT": "0", "FLASHSALE_OPS_PORT": "0"]
                let process = try ServiceProcess(
                    ["serve"], settings: stage.reached.settings.merging(ports) { $1 })
                func says(_ what: String) -> Bool { (process.output + process.errors).contains(what) }
                try await until("it has waited in vain") { says("the database is slow") }
                try await stage.postgresLine.set(.none)
                try await until("it listens") { says("\"listening\"") }
                await process.stop()
            }
        }
    }
}
