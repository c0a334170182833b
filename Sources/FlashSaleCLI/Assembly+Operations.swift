// What the process tells probes, scrapes and operators of itself.

import Discovery
import FlashSale
import FlashSaleHTTP
import Logging
import PostgresLedger
import Telemetry
import TelemetryExport

extension Assembly {
    func operations() -> Operations {
        let (stores, ledger) = (stores, ledger)
        let (pods, scheduled) = (pods, settings.isScheduling ? settings.http.shops.all : [])
        let boards: @Sendable () -> [SaleBoard] = { [parts] in [parts.board] + pods.compactMap { $0.parts?.board } }
        let migrator = Migrator(client: stores.probe, logger: logger)
        let (metrics, profiles, tasks, memory) = (telemetry.metrics, profiles, tasks, memory)
        let disks = DiskSpace(directories: [settings.continuousProfiles?.directory].compactMap(\.self))
        return Operations(
            probes: [
                HealthProbe(.app) { true },
                HealthProbe(.database) { await stores.databaseHolds(ledger) },
                HealthProbe(.redis) { await stores.redisServes() },
                // A database that cannot say is the database's trouble, not the migrations'.
                HealthProbe(.migrations) { (try? await migrator.report())?.state.isServed ?? true },
                HealthProbe(.scheduler) {
                    let boards = boards()
                    return scheduled.allSatisfy { shop in
                        boards.contains { $0.active(in: shop) != nil || $0.next(in: shop) != nil }
                    }
                },
            ],
            process: { memory.status(liveTasks: tasks.count) },
            isDiskFull: { disks.isFull },
            replicas: { [logger] in await stores.replicas(logger) },
            redis: { id in (pods.first { $0.remote.id == id }?.stores ?? stores).redisFacts },
            pods: { pods.map { ($0.remote.id, $0.isAway) } },
            registry: { [registry] in registry.list() },
            exposition: { scrape in
                let answer = metrics.answer(
                    accept: scrape.accept, acceptEncoding: scrape.acceptEncoding, names: scrape.names)
                return answer.map {
                    Exposition(contentType: $0.contentType, contentEncoding: $0.contentEncoding, body: $0.body)
                }
            },
            profile: { request in
                let answer = await profiles.answer(
                    ProfileQuery(name: request.name, query: request.query, posted: request.posted))
                return DebugAnswer(
                    status: answer.status, contentType: answer.contentType, fileName: answer.fileName,
                    body: answer.body)
            },
            logLevel: { [control = telemetry.logControl] name in
                if let name {
                    guard let level = Logger.Level(rawValue: name) else { return nil }
                    control.level = level
                }
                return control.level.rawValue
            },
            logRequest: { [telemetry] mustBeKept, line in telemetry.logRequest(mustBeKept: mustBeKept, line) },
            console: ConsoleParts(
                settings,
                company: { [parts, registry, settings, logger] id in
                    let pod = pods.first { $0.remote.id == id }
                    let company = Company(
                        stores: pod?.stores ?? stores, dutyLock: (pod?.parts ?? parts).dutyLock, registry: registry,
                        hasWebhook: settings.webhook.address != nil, logger: logger)
                    return await company.look()
                }),
            documents: documents)
    }
}
