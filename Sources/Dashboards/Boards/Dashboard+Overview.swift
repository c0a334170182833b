// The board to open first: the four golden signals, the sale, the stores, the system, and the firing alerts.

internal import Telemetry

extension Dashboard {
    static func overview(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-overview", title: "Flash sale / Overview",
            purpose: "The golden signals, the sale, the stores and the system on one page.",
            rows: [
                alerts(words), goldenSignals(words), saleInShort(words), storesInShort(words), systemInShort(words),
            ])
    }

    private static func alerts(_ words: Vocabulary) -> Row {
        let firing = Expression.value(words["ALERTS"], .is("alertstate", "firing"), .not("severity", "none"))
        return Row(
            "Alerts",
            [
                Panel(
                    "Firing alerts", "Each alert while it fires. Empty is good.", .count,
                    as: .stateTimeline, width: 16, height: 5,
                    [
                        Target(
                            firing.max(by: "alertname", "severity"), "{{alertname}} ({{severity}})",
                            .mayBeEmpty("no alert fires while all is well"))
                    ]),
                Panel(
                    "Dependencies", "Whether each dependency replies to its probe.", .yesOrNo, as: .barGauge, height: 5,
                    maximum: 1, thresholds: [.good(from: 1)],
                    [
                        Target(
                            Expression.value(words.instruments.health.dependencyUp).min(by: Dependency.labelName),
                            "{{dependency}}")
                    ]),
            ])
    }

    private static func goldenSignals(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let all = Expression.rate(http.requestsTotal, .chosenHandlers).sum()
        func share(_ pattern: String) -> Expression {
            Expression.rate(http.requestsTotal, .chosenHandlers, .like(StatusCode.labelName, pattern)).sum()
                / all.atLeast(1e-9)
        }
        let latencies = [0.5, 0.95, 0.99].map { quantile in
            Panel(
                "Latency p\(Int(quantile * 100)) by handler",
                "How long callers wait, to the last byte. Promised: p99 under 100 ms. A diamond is one request; it "
                    + "leads to its trace.", .seconds, thresholds: Threshold.latency,
                [
                    Target(
                        .quantile(
                            quantile, http.requestDurationSeconds, by: Handler.labelName, where: .chosenHandlers),
                        "{{handler}}", .mayBeEmpty("a handler without requests has no quantile"))
                ])
        }
        return Row(
            "Four golden signals",
            latencies + [
                Panel(
                    "Traffic by handler", "Requests answered a second.", .requestsPerSecond, isStacked: true,
                    [
                        Target(
                            Expression.rate(http.requestsTotal, .chosenHandlers).sum(by: Handler.labelName),
                            "{{handler}}")
                    ]),
                Panel(
                    "Errors",
                    "Shares of answers: 5xx are the service's fault, 4xx the clients'. Promised: under 1 % "
                        + "of 5xx.",
                    .ratio, thresholds: Threshold.errors,
                    [Target(share("5.."), "5xx", .stands), Target(share("4.."), "4xx", .stands)]),
                Panel(
                    "Saturation", "How full each resource is. Promised: under 70 %.", .ratio, maximum: 1,
                    thresholds: Threshold.saturation(.processors),
                    [
                        Target(
                            Expression.value(http.resourceUtilizationRatio).max(by: Resource.labelName),
                            "{{resource}}")
                    ]),
            ])
    }

    private static func saleInShort(_ words: Vocabulary) -> Row {
        let sale = words.instruments.sale
        return Row(
            "Flash sale",
            [
                Panel(
                    "Progress", "Share of the sale's units that are sold. Every instance shows the same sale.", .ratio,
                    as: .gauge,
                    width: 6, [Target(soldShare(sale), "sold")]),
                Panel(
                    "Sold a second", "Units sold, counted after COMMIT.", .operationsPerSecond, width: 6,
                    [Target(Expression.rate(sale.saleItemsSoldTotal).sum(), "units")]),
                flow(
                    "Checkouts", "checkout", sale.checkoutAttemptsTotal, sale.checkoutSuccessTotal,
                    sale.checkoutFailureTotal),
                flow(
                    "Purchases", "purchase", sale.purchaseAttemptsTotal, sale.purchaseSuccessTotal,
                    sale.purchaseFailureTotal),
            ])
    }

    private static func flow(
        _ title: String, _ noun: String, _ attempts: any Readable, _ successes: any Readable, _ failures: any Readable
    ) -> Panel {
        Panel(
            title, "Attempts and successes a second, and why a \(noun) failed.", .requestsPerSecond, width: 6,
            [
                Target(Expression.rate(attempts).sum(), "attempts"),
                Target(Expression.rate(successes).sum(), "successes"),
                Target(
                    Expression.rate(failures).sum(by: Reason.labelName).compared(.above, 0), "{{reason}}",
                    .mayBeEmpty("only reasons that occur are drawn")),
            ])
    }

    private static func storesInShort(_ words: Vocabulary) -> Row {
        let database = words.instruments.database
        let redis = words.instruments.redis
        let redisUse = Expression.value(words.instruments.http.resourceUtilizationRatio, .is(Resource.redisPool))
            .max(by: "instance")
        return Row(
            "Database and cache",
            [
                Panel(
                    "Statement p95 by table", "Duration of statements, by main table.", .seconds,
                    [
                        Target(
                            .quantile(0.95, database.queryDurationSeconds, by: QueryTable.labelName), "{{table}}",
                            .mayBeEmpty("a table without statements has no quantile"))
                    ]),
                Panel(
                    "Connection pools",
                    "Postgres: connections in use of those allowed. Redis, where commands share connections: "
                        + "places taken in their queue.", .ratio, maximum: 1,
                    thresholds: Threshold.saturation(.databaseConnections),
                    [
                        Target(databaseUse(database), "Postgres {{instance}}"),
                        Target(redisUse, "Redis {{instance}}"),
                    ]),
                Panel(
                    "Redis p95 by command", "From the write to the reply; the wait in the queue is not in it.",
                    .seconds,
                    [
                        Target(
                            .quantile(0.95, redis.commandDurationSeconds, by: RedisCommandLabel.labelName),
                            "{{command}}", .mayBeEmpty("a command that is not sent has no quantile"))
                    ]),
                Panel(
                    "Locks", "Attempts, successes and failures to acquire a lock, a second.", .operationsPerSecond,
                    width: 12,
                    [
                        Target(Expression.rate(redis.lockAttemptsTotal).sum(), "asked for"),
                        Target(Expression.rate(redis.lockSuccessTotal).sum(), "got"),
                        Target(
                            Expression.rate(redis.lockFailureTotal).sum(by: LockFailureReason.labelName),
                            "{{reason}}", .stands),
                    ]),
                Panel(
                    "Lock hold p95", "How long a lock is held, from acquire to release.", .seconds, width: 12,
                    [
                        Target(
                            .quantile(0.95, redis.lockDurationSeconds, by: LockType.labelName), "{{lock_type}}",
                            .mayBeEmpty("a lock that is not released has no quantile"))
                    ]),
            ])
    }

    private static func systemInShort(_ words: Vocabulary) -> Row {
        let process = words.instruments.process
        return Row(
            "System",
            [
                memory(process), processors(process), descriptors(process),
                liveTasks(words.instruments.runtime), loopLag(words.instruments.runtime, width: 12),
            ])
    }
}
