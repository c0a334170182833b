// The stores of one test: its own migrated database and Redis database, with access for services, the auditor and the
// tests' own SQL.

import LibpqClient
import Telemetry
import Testing

@testable import DevStack

struct Deployment: Sendable {
    static let adminToken = "a-token-of-the-system-tests"

    /// The owner's URL.
    let databaseURL: String
    /// Nil if services run as the owner.
    var serviceURL: String?
    let redisURL: String
    let ledger: LedgerReader

    /// Lends stores that `flashsale migrate` has prepared. Services run as a role with the rights of the service alone.
    ///
    /// - Parameter redisURL: of the test's own server, for tests that break it.
    static func with(redisURL: String? = nil, _ body: (Deployment) async throws -> Void) async throws {
        try await TestServers.shared.withDatabase(template: "flashsale", prepare: migrateAndGrant) { databaseURL in
            let ledger = try LedgerReader(url: databaseURL)
            let redis: String
            if let redisURL { redis = redisURL } else { redis = try await TestServers.shared.redisURL() }
            let serviceURL = databaseURL.replacing(#/\/\/[^@]*@/#, with: "//\(serviceRole):secret@")
            let deployment = Deployment(
                databaseURL: databaseURL, serviceURL: serviceURL, redisURL: redis, ledger: ledger)
            do {
                try await body(deployment)
            } catch {
                await ledger.close()
                throw error
            }
            await ledger.close()
        }
    }

    /// The role of services.
    static let serviceRole = "system_service"

    private static func migrateAndGrant(_ url: String) async throws {
        let reader = try LedgerReader(url: url)
        try await reader.run(
            """
            do $$ begin create role \(serviceRole) login password 'secret'; exception when duplicate_object then end $$
            """)
        await reader.close()
        try await migrate(url, "--grant", serviceRole)
    }

    static func migrate(_ url: String, _ arguments: String...) async throws {
        let process = try ServiceProcess(["migrate"] + arguments, settings: ["FLASHSALE_DATABASE_URL": url])
        let status = await process.end()
        try #require(status == 0, "\(process.errors)")
    }

    /// The settings of a service over these stores.
    var settings: [String: String] {
        [
            "FLASHSALE_DATABASE_URL": serviceURL ?? databaseURL, "FLASHSALE_REDIS_URL": redisURL,
            "FLASHSALE_ADMIN_TOKEN": Self.adminToken, "FLASHSALE_LOG_LEVEL": "notice",
            // A whole month: no test sees a sale end unless it asks for that.
            "FLASHSALE_SALE_SECONDS": "2592000",
            // No balancer looks at these services, so none needs the notice that one of them ends.
            "FLASHSALE_DRAIN_SECONDS": "0",
        ]
    }

    /// Starts a service, on free ports, with further settings if there are any.
    func serve(
        _ more: [String: String] = [:], within bounds: ServiceProcess.Bounds = .init()
    ) async throws -> ServeProcess {
        try await ServeProcess(settings.merging(more) { $1 }, within: bounds)
    }

    /// Starts a service without the scheduler.
    func serveUnscheduled(
        _ more: [String: String] = [:], within bounds: ServiceProcess.Bounds = .init()
    ) async throws -> ServeProcess {
        try await serve(more.merging(["FLASHSALE_SCHEDULER": "off"]) { $1 }, within: bounds)
    }

    /// Expects that the auditor finds no breach, in the gate or in the buyers' answers either.
    func audit(_ journal: RushJournal? = nil) async throws {
        let complaint = try await auditComplaint(journal)
        #expect(complaint == nil)
    }

    /// The auditor's complaint, gate included, and the journal if there is one; nil if it finds no breach.
    func auditComplaint(_ journal: RushJournal? = nil) async throws -> String? {
        let directory = try TestDirectory("audit")
        defer { directory.remove() }
        var arguments = ["audit", "--database-url", databaseURL, "--redis-url", redisURL]
        if let journal {
            try journal.write(to: directory.file("journal"))
            arguments += ["--journal", directory.file("journal")]
        }
        let auditor = try ServiceProcess(arguments)
        let status = await auditor.end()
        return status == 0 ? nil : "the audit ended with \(status ?? -1):\n\(auditor.output)\(auditor.errors)"
    }
}

/// The suites of this target, one test at a time: each test alone keeps a two-core machine busy.
@Suite("The whole service", .serialized)
enum SystemTests {}
