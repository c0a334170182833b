// A service that reaches Postgres through pgbouncer.

import Testing

extension SystemTests {
    @Suite("Through pgbouncer", .enabled(if: Pooler.isInstalled))
    struct PoolerTests {
        @Test("A service migrates, sells and passes its audit through sessions that are pooled whole")
        func sessions() async throws {
            try await Deployment.with { deployment in
                try await Pooler.with(mode: "session", before: deployment.databaseURL) { url in
                    try await Deployment.migrate(url)
                    let pooled = Deployment(
                        databaseURL: url, redisURL: deployment.redisURL, ledger: deployment.ledger)
                    let service = try await pooled.serveUnscheduled()
                    let sale = try await service.createSale(items: Self.items)
                    let bought = try await Crowd.run(Self.items, width: 16, ports: [service.port]) {
                        try Shopper($1, in: sale).checkOutAndPurchase(over: $0)
                    }
                    #expect(bought == Array(repeating: [200, 200], count: Self.items))
                    try await pooled.audit()
                    await service.process.stop()
                }
            }
        }

        @Test(
            "A pooler that shares sessions is refused, with what to set",
            arguments: ["transaction", "statement"])
        func refused(mode: String) async throws {
            try await Deployment.with { deployment in
                try await Pooler.with(mode: mode, before: deployment.databaseURL) { url in
                    let settings = deployment.settings.merging(["FLASHSALE_DATABASE_URL": url]) { $1 }
                    let process = try ServiceProcess(["serve"], settings: settings)
                    #expect(await process.end() == 1)
                    let sentence = process.errors.split(separator: "\n").last ?? ""
                    #expect(sentence.contains("pool_mode = session"), "\(process.errors)")
                }
            }
        }

        private static let items = 100
    }
}
