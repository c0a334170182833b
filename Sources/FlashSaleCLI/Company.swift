// Who is at work over the same stores: the instances, by the registry or else by their sessions with the ledger, and
// which of them has which duty. It is read when somebody looks.

import Discovery
import FlashSale
import FlashSaleHTTP
import LibpqClient
import RedisGate
import Telemetry
import Textbook

/// What this instance sees of all, over the stores of a pod.
struct Company: Sendable {
    private static let timeout = Duration.milliseconds(500)

    let stores: Stores
    let dutyLock: FencedLock
    let registry: InstanceBoard
    /// Whether there is a webhook to tell.
    let hasWebhook: Bool

    func look() async -> ConsoleCompany {
        async let instances = instances()
        let locked = await dutiesLockedInPostgres()
        var duties: [(duty: Duty, holder: String?)] = []
        // A rebuild takes a moment, and has a lock for each sale.
        for duty in Duty.allCases where duty != .rebuild && (duty != .herald || hasWebhook) {
            var holder = locked[duty.rawValue]
            if holder == nil { holder = await dutyLock.holder(of: duty) }
            duties.append((duty, holder))
        }
        return ConsoleCompany(duties: duties, instances: await instances)
    }

    /// Whoever has sessions, and whoever is registered without any, as one that has lost its database.
    private func instances() async -> [(name: String, sessions: Int, since: Timestamp, address: String?)] {
        let registered = registry.list().instances
        let addresses = Dictionary(registered.map { ($0.name, "\($0.api)") }) { first, _ in first }
        let connected = await sessions()
        let others = registered.filter { instance in !connected.contains { $0.name == instance.name } }
        return
            (connected.map { ($0.name, $0.sessions, $0.since, addresses[$0.name]) }
            + others.map { ($0.name, 0, Timestamp(microseconds: $0.startedAt.microseconds), "\($0.api)") })
            .sorted { $0.name < $1.name }
    }

    private func sessions() async -> [(name: String, sessions: Int, since: Timestamp)] {
        let statement = PostgresStatement(
            "instances",
            """
            select substr(application_name, \(InstanceName.prefix.count + 1)), count(*)::int4,
                (extract(epoch from min(backend_start)) * 1000000)::int8
            from pg_stat_activity
            where datname = current_database() and application_name like '\(InstanceName.prefix)%'
            group by 1 order by 1
            """, type: .select, table: .none)
        let rows = (try? await stores.probe.query(statement, deadline: .now + Self.timeout)).map(Array.init) ?? []
        return rows.compactMap { row in
            guard let name = try? row[0].string(), let sessions = try? row[1].int32(), let since = try? row[2].int64()
            else { return nil }
            return (name, Int(sessions), Timestamp(microseconds: since))
        }
    }

    /// While Redis is away, duties are locked by sessions of the ledger.
    private func dutiesLockedInPostgres() async -> [String: String] {
        let statement = PostgresStatement(
            "locked_duties",
            """
            select d.duty, substr(a.application_name, \(InstanceName.prefix.count + 1))
            from duties d
            join pg_locks l on l.locktype = 'advisory' and l.objsubid = 2 and l.granted
                and l.classid = 'duties'::regclass and l.objid = duty_key(d.duty)::oid
                and l.database = (select oid from pg_database where datname = current_database())
            join pg_stat_activity a on a.pid = l.pid
            """, type: .select, table: .none)
        let rows = (try? await stores.probe.query(statement, deadline: .now + Self.timeout)).map(Array.init) ?? []
        let pairs = rows.compactMap { row -> (String, String)? in
            guard let duty = try? row[0].string(), let name = try? row[1].string() else { return nil }
            return (duty, name)
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
