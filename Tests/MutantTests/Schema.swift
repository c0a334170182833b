// A database of this program's schema with some SQL taken out, and calls past every client of the service.

import DevStack
import FlashSale
import LibpqClient
import Logging
import Telemetry

@testable import PostgresLedger

/// The schema of one mutant, or of none.
struct Schema: Sendable {
    private let name: String
    private let cuts: [Cut]
    /// SQL that follows the files.
    private let afterwards: String

    init(of mutant: Mutant?) {
        name = "mutant_" + (mutant?.name ?? "none")
        switch mutant?.change {
        case .schema(let cuts): (self.cuts, afterwards) = (cuts, "")
        case .wall(let removal, _): (cuts, afterwards) = ([], removal)
        default: (cuts, afterwards) = ([], "")
        }
    }

    /// Lends a client of a fresh database. An error before the closure runs is a `BrokenMutant`.
    func with(_ body: (PostgresClient, _ url: String) async throws -> Void) async throws {
        try await TestServers.shared.withDatabase(template: name, prepare: migrate) { url in
            try await Self.withClient(url) { try await body($0, url) }
        }
    }

    private func migrate(_ url: String) async throws {
        do {
            let files = try files()
            try await Self.withClient(url) { client in
                try await Migrator(client: client, files: files, logger: .silent).migrate()
                if !afterwards.isEmpty { try await client.execute(script: afterwards, deadline: .patient) }
            }
        } catch {
            throw BrokenMutant("\(name) cannot be migrated: \(error)")
        }
    }

    /// The files with the cuts. A cut that does not fit once is a `BrokenMutant`.
    func files() throws -> SchemaFiles {
        let files = SchemaFiles.ofThisBuild
        let all = files.tables + files.functions
        for cut in cuts {
            let count = all.reduce(0) { $0 + cut.count(in: $1.text) }
            guard count == 1 else { throw BrokenMutant("a cut fits \(count) times: \(cut.text)") }
        }
        func cut(_ file: SchemaFile) -> SchemaFile {
            SchemaFile(file.name, cuts.reduce(file.text) { $1.applied(to: $0) })
        }
        return SchemaFiles(
            tables: files.tables.map(cut), functions: files.functions.map(cut),
            functionsRevision: files.functionsRevision)
    }

    private static func withClient(_ url: String, _ body: (PostgresClient) async throws -> Void) async throws {
        var configuration = PostgresClientConfiguration(url: url)
        configuration.statementTimeout = .seconds(30)
        configuration.acquireTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        let client = try PostgresClient(configuration)
        do {
            try await body(client)
        } catch {
            await client.shutdown(deadline: .now)
            throw error
        }
        await client.shutdown(deadline: .now)
    }
}

extension PostgresClient {
    /// Runs a statement without parameters.
    @discardableResult
    func run(_ sql: String) async throws(PostgresError) -> PostgresRows {
        try await query(
            PostgresStatement("test", sql, type: .other, table: .none, isPrepared: false), deadline: .patient)
    }

    /// The first column of all rows, as text.
    func texts(_ sql: String) async throws -> [String] {
        try await run("select r.t::text from (\(sql)) r (t)").map { try $0[0].string() }
    }

    /// Lets time pass for all sales and taken units of the ledger, by moving their times back. It moves sales one after
    /// the other, because they must not overlap meanwhile.
    func pass(_ duration: Duration) async throws {
        try await execute(
            script: """
                do $$
                declare
                    v_time interval := \(duration.microseconds) * interval '1 microsecond';
                    v_sale int;
                begin
                    alter table sales disable trigger sales_change;
                    for v_sale in
                        select sale_id from sales
                        order by extract(epoch from started_at) * sign(extract(epoch from v_time))
                    loop
                        update sales
                        set started_at = started_at - v_time, ended_at = ended_at - v_time,
                            epoch_raised_at = epoch_raised_at - v_time, paused_at = paused_at - v_time,
                            purchases_paused_at = purchases_paused_at - v_time,
                            retired_at = retired_at - v_time, archived_at = archived_at - v_time
                        where sale_id = v_sale;
                    end loop;
                    alter table sales enable trigger sales_change;
                    alter table units disable trigger units_stay_sold;
                    update units set held_at = held_at - v_time, expires_at = expires_at - v_time;
                    alter table units enable trigger units_stay_sold;
                    update unit_changes set expires_at = expires_at - v_time where expires_at is not null;
                    update stocks set next_end = next_end - v_time, last_end = last_end - v_time;
                    update queues set stepped_at = stepped_at - v_time, called_at = called_at - v_time;
                    update queue_steps set stepped_at = stepped_at - v_time;
                end $$
                """, deadline: .patient)
    }
}

extension Deadline {
    /// More time than any test should need.
    static var patient: Deadline { .now + .seconds(30) }
}

extension Logger {
    static var silent: Logger { Logger(label: "mutants") { _ in SwiftLogNoOpLogHandler() } }
}
