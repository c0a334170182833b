// Several deployments on the same servers: none of them notices the others.

import Testing

@testable import DevStack

extension SystemTests {
    @Suite("Deployments that share their servers")
    struct SharedServerTests {
        /// How close two ledgers are to each other. Both have a sale 1, with items and units of the same names.
        enum Neighbourhood: CaseIterable {
            /// Two databases of one Postgres. Both are copies of one template, so both tables of identities say the
            /// same.
            case databases
            /// Two schemas of one database, which share Postgres' advisory locks.
            case schemas
        }

        @Test("Each has its duties, ends its holds, sells out, and passes its audit", arguments: Neighbourhood.allCases)
        func neighbours(_ neighbourhood: Neighbourhood) async throws {
            try await Self.withTwo(neighbourhood) { deployments in
                let settings = ["FLASHSALE_HOLD_SECONDS": "1"]
                var services: [(Deployment, ServeProcess)] = []
                for deployment in deployments {
                    services.append((deployment, try await deployment.serveUnscheduled(settings)))
                }
                for (_, service) in services {
                    #expect(try await service.createSale(items: Self.items) == 1)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (_, service) in services { group.addTask { try await Self.sellOut(service) } }
                    try await group.waitForAll()
                }
                for (deployment, service) in services {
                    try await deployment.audit()
                    #expect(try await deployment.ledger.soldUnits == Self.items)
                    await service.process.stop()
                }
            }
        }

        private static let items = 40

        /// A buyer lets a hold on each item expire. Then others buy them all.
        private static func sellOut(_ service: ServeProcess) async throws {
            let lapsed = try await Crowd.run(items, width: 8, ports: [service.port]) { connections, number in
                try connections[0].send("POST", "/checkout?user_id=lapser-\(number)&id=ITM-1-\(number + 1)").status
            }
            #expect(lapsed == Array(repeating: 200, count: items))
            let bought = try await Crowd.run(items, width: 8, ports: [service.port]) { connections, number in
                let end = ContinuousClock.now + ServiceProcess.patience
                while true {
                    let statuses = try Shopper(number, in: 1).checkOutAndPurchase(over: connections)
                    if statuses == [200, 200] || ContinuousClock.now > end { return statuses }
                }
            }
            #expect(bought == Array(repeating: [200, 200], count: items))
        }

        private static func withTwo(
            _ neighbourhood: Neighbourhood, _ body: ([Deployment]) async throws -> Void
        ) async throws {
            let redis = try await TestServers.shared.redisURL()
            switch neighbourhood {
            case .databases:
                try await Deployment.with(redisURL: redis) { first in
                    try await Deployment.with(redisURL: redis) { try await body([first, $0]) }
                }
            case .schemas:
                try await TestServers.shared.withDatabase { url in
                    let root = try LedgerReader(url: url)
                    try await root.run("CREATE SCHEMA left_side; CREATE SCHEMA right_side")
                    await root.close()
                    var deployments: [Deployment] = []
                    for schema in ["left_side", "right_side,left_side"] {
                        let address = url + "?options=-c%20search_path%3D\(schema)"
                        try await Deployment.migrate(address)
                        deployments.append(
                            Deployment(
                                databaseURL: address, redisURL: redis, ledger: try LedgerReader(url: address)))
                    }
                    try await body(deployments)
                    for deployment in deployments { await deployment.ledger.close() }
                }
            }
        }
    }
}
