// Who is at work over the same stores: the instances, by the registry or else by their sessions with the ledger, and
// which of them has which duty. It is read when somebody looks.

import Discovery
import FlashSale
import FlashSaleHTTP
import Logging
import PostgresLedger
import RedisGate
import Telemetry
import Textbook

/// What this instance sees of all, over the stores of a pod.
struct Company: Sendable {
    let stores: Stores
    let dutyLock: FencedLock
    let registry: InstanceBoard
    /// Whether there is a webhook to tell.
    let hasWebhook: Bool
    let logger: Logger

    func look() async -> ConsoleCompany {
        async let instances = instances()
        // While Redis is away, duties are locked by sessions of the ledger.
        let locked = await logger.attempt("holders of duties") { try await stores.sessions.dutyHolders() } ?? [:]
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
        let connected = await logger.attempt("instances") { try await stores.sessions.instances() } ?? []
        let others = registered.filter { instance in !connected.contains { $0.name == instance.name } }
        return
            (connected.map { ($0.name, $0.sessions, $0.since, addresses[$0.name]) }
            + others.map { ($0.name, 0, Timestamp(microseconds: $0.startedAt.microseconds), "\($0.api)") })
            .sorted { $0.name < $1.name }
    }
}
