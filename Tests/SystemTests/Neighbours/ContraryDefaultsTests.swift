// A service on a database whose defaults are contrary to what it relies on.

import Testing

extension SystemTests {
    @Suite("Databases with contrary defaults")
    struct ContraryDefaultsTests {
        @Test("A service migrates, sells and passes its audit, whatever the database's defaults")
        func sells() async throws {
            try await Deployment.with { deployment in
                for (name, value) in [
                    ("default_transaction_isolation", "serializable"), ("TimeZone", "Asia/Kathmandu"),
                    ("DateStyle", "German, DMY"), ("IntervalStyle", "sql_standard"),
                    ("standard_conforming_strings", "off"), ("bytea_output", "escape"), ("extra_float_digits", "-10"),
                    ("jit", "on"), ("jit_above_cost", "0"), ("plan_cache_mode", "force_custom_plan"),
                    ("statement_timeout", "50"), ("lock_timeout", "1"), ("idle_in_transaction_session_timeout", "1"),
                    ("idle_session_timeout", "100"), ("session_replication_role", "origin"),
                ] {
                    try await deployment.setDefault("SET \(name) = '\(value)'")
                }
                try await Deployment.migrate(deployment.databaseURL)
                let service = try await deployment.serveUnscheduled(["FLASHSALE_HOLD_SECONDS": "1"])
                let sale = try await service.createSale(items: Self.items)
                let lapsed = try await service.ask("POST", "/checkout?user_id=lapser&id=ITM-\(sale)-1")
                #expect(lapsed.status == 200)
                let end = ContinuousClock.now + ServiceProcess.patience
                let bought = try await Crowd.run(Self.items, width: 16, ports: [service.port]) {
                    while true {
                        let statuses = try Shopper($1, in: sale).checkOutAndPurchase(over: $0)
                        if statuses == [200, 200] || ContinuousClock.now > end { return statuses }
                    }
                }
                #expect(bought == Array(repeating: [200, 200], count: Self.items))
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test("Too few connections are told at the start, in a sentence that names the limit", arguments: [1, 2])
        func connectionLimit(count: Int) async throws {
            try await Deployment.with { deployment in
                let role = "narrow_\(count)"
                try await deployment.ledger.run("create role \(role) login password 'secret' connection limit \(count)")
                try await deployment.ledger.run("grant \(Deployment.serviceRole) to \(role)")
                var narrow = deployment
                narrow.serviceURL = deployment.serviceURL?.replacing("//\(Deployment.serviceRole):", with: "//\(role):")
                let process = try ServiceProcess(["serve"], settings: narrow.settings)
                #expect(await process.end() == 1)
                #expect(process.errors.contains("too few connections: raise the CONNECTION LIMIT"), "\(process.errors)")
                #expect(process.errors.contains("too many connections for role"), "\(process.errors)")
                try await deployment.ledger.run("drop role \(role)")
            }
        }

        @Test(
            "What the service cannot set for itself is refused at the start, in a sentence",
            arguments: [
                ("default_transaction_read_only = on", "the database is set read-only"),
                ("synchronous_commit = off", "synchronous_commit is off"),
                ("session_replication_role = replica", "session_replication_role is replica"),
                ("search_path = nowhere", "flashsale migrate"),
            ])
        func refused(setting: String, sentence: String) async throws {
            try await Deployment.with { deployment in
                try await deployment.setDefault("SET \(setting)")
                let process = try ServiceProcess(["serve"], settings: deployment.settings)
                #expect(await process.end() == 1)
                let last = process.errors.split(separator: "\n").last ?? ""
                #expect(last.contains(sentence), "\(process.errors)")
            }
        }

        @Test("A database that is not replicated is warned of where that matters, or refused if it must be")
        func durability() async throws {
            try await Deployment.with { deployment in
                try await deployment.setDefault("SET synchronous_commit = local")
                let service = try await deployment.serveUnscheduled()
                // The tests' Postgres does not wait for its disk.
                #expect((service.process.output + service.process.errors).contains("a loss of power may take"))
                await service.process.stop()
                let process = try ServiceProcess(
                    ["serve"], settings: deployment.settings.merging(Self.replicated) { $1 })
                #expect(await process.end() == 1)
                #expect(process.errors.contains("name standbys in synchronous_standby_names"), "\(process.errors)")
            }
        }

        static let replicated = ["FLASHSALE_DATABASE_DURABILITY": "replicated"]
        private static let items = 40
    }
}

extension Deployment {
    /// Changes a default of the database for sessions to come.
    fileprivate func setDefault(_ change: String) async throws {
        let statement = "format('ALTER DATABASE %I ', current_database()) || $change$\(change)$change$"
        try await ledger.run("SET default_transaction_read_only = off; DO $$ BEGIN EXECUTE \(statement); END $$")
    }
}
