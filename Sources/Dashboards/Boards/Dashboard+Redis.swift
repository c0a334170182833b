// The board of Redis: commands, connections, locks and scripts as the service sees them, then Redis's own figures.

internal import Telemetry

extension Dashboard {
    static func redis(_ words: Vocabulary) -> Dashboard {
        let redis = words.instruments.redis
        return Dashboard(
            uid: "flashsale-redis", title: "Flash sale / Redis",
            purpose: "Redis: commands, the connections' queue, the locks and the server.",
            rows: [commands(redis), connections(redis), locks(redis), server(words)])
    }

    private static func commands(_ redis: RedisInstruments) -> Row {
        let command = RedisCommandLabel.labelName
        return Row(
            "Commands",
            [
                Panel(
                    "Command p99", "From the write to the reply.", .seconds, width: 12,
                    [
                        Target(
                            .quantile(0.99, redis.commandDurationSeconds, by: command), "{{command}}",
                            .mayBeEmpty("a command that is not sent has no quantile"))
                    ]),
                Panel(
                    "Commands", "A second, by command.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.observations(redis.commandDurationSeconds).sum(by: command), "{{command}}",
                            .stands)
                    ]),
                Panel(
                    "Errors", "Commands that failed a second, by class, and those not answered in time.",
                    .operationsPerSecond, thresholds: [.alert(.redisErrors)],
                    [
                        Target(
                            Expression.rate(redis.errorsTotal).sum(by: RedisErrorClass.labelName), "{{class}}",
                            .stands),
                        Target(Expression.rate(redis.timeoutsTotal).sum(), "not answered in time", .stands),
                    ]),
                Panel(
                    "Commands in one write", "How well writes are shared: the mean, and the most in 95 % of writes.",
                    .count,
                    [
                        Target(.mean(redis.pipelineCommands), "mean", .mayBeEmpty("no write, no mean")),
                        Target(.quantile(0.95, redis.pipelineCommands), "p95", .mayBeEmpty("no write, no quantile")),
                    ]),
                Panel(
                    "Scripts sent", "A second. Redis needs them only after it has lost its scripts.",
                    .operationsPerSecond,
                    [
                        Target(
                            Expression.rate(redis.scriptLoadsTotal).sum(by: ScriptLabel.labelName), "{{script}}",
                            .stands)
                    ]),
            ])
    }

    private static func connections(_ redis: RedisInstruments) -> Row {
        Row(
            "Connections and their queue",
            [
                Panel(
                    "Connections", "By state, and the most allowed.", .count, width: 6,
                    [
                        Target(Expression.value(redis.connections).sum(by: ConnectionState.labelName), "{{state}}"),
                        Target(Expression.value(redis.connectionsMax).sum(), "allowed"),
                    ]),
                Panel(
                    "Queued commands", "Waiting to be sent or answered.", .count, width: 6,
                    [Target(Expression.value(redis.commandsQueued).sum(), "queued")]),
                Panel(
                    "Wait in the queue", "From asking for a command to writing it.", .seconds, as: .heatmap, width: 6,
                    [Target(.buckets(redis.queueWaitDurationSeconds), "{{le}}")]),
                Panel(
                    "Reconnects", "Connections opened again, a second.", .operationsPerSecond, width: 6,
                    [Target(Expression.rate(redis.reconnectsTotal).sum(), "reconnects", .stands)]),
            ])
    }

    private static func locks(_ redis: RedisInstruments) -> Row {
        let type = LockType.labelName
        let attempts = Expression.rate(redis.lockAttemptsTotal).sum(by: type)
        let taken = Expression.rate(redis.lockFailureTotal, .is(LockFailureReason.alreadyLocked)).sum(by: type)
        let unused = Target.Expectation.mayBeEmpty("a lock that is not taken has no quantile")
        return Row(
            "Locks",
            [
                Panel(
                    "Contention", "Share of attempts that found the lock taken.", .ratio, maximum: 1,
                    thresholds: [.alert(.lockContention)],
                    [Target(taken / attempts.atLeast(1e-9), "{{lock_type}}", .stands)]),
                Panel(
                    "Attempts", "A second, by lock.", .operationsPerSecond,
                    [
                        Target(attempts, "{{lock_type}}", .stands),
                        Target(Expression.rate(redis.lockSuccessTotal).sum(by: type), "{{lock_type}} got", .stands),
                    ]),
                Panel(
                    "Failures", "Failures to acquire a lock a second, by reason.", .operationsPerSecond,
                    [
                        Target(
                            Expression.rate(redis.lockFailureTotal).sum(by: LockFailureReason.labelName),
                            "{{reason}}", .stands)
                    ]),
                Panel(
                    "Held for", "How long locks are held.", .seconds, as: .heatmap,
                    [Target(.buckets(redis.lockDurationSeconds), "{{le}}")]),
                Panel(
                    "Held and waited p99", "By lock: from acquire to release, and the wait before.", .seconds,
                    [
                        Target(.quantile(0.99, redis.lockDurationSeconds, by: type), "{{lock_type}} held", unused),
                        Target(.quantile(0.99, redis.lockWaitDurationSeconds, by: type), "{{lock_type}} wait", unused),
                    ]),
                Panel(
                    "Held now, and lost",
                    "Locks held by the service, and locks lost a second: at their release they "
                        + "had expired or belonged to another.", .count,
                    [
                        Target(Expression.value(redis.locksHeld).sum(by: type), "{{lock_type}}"),
                        Target(
                            Expression.rate(redis.lockLostTotal).sum(by: LockLossReason.labelName), "lost, {{reason}}",
                            .stands),
                    ]),
            ])
    }

    private static func server(_ words: Vocabulary) -> Row {
        let absent = Target.Expectation.mayBeEmpty("there is no redis_exporter beside `flashsale dev`")
        return Row(
            "The server, by redis_exporter",
            [
                Panel(
                    "Redis is up", "Whether the exporter reaches it.", .yesOrNo, as: .stat, width: 6, height: 8,
                    thresholds: [.good(from: 1)], [Target(Expression.value(words["redis_up"]).min(), "up", absent)]),
                Panel(
                    "Memory of the server", "Used by Redis. It never evicts.", .bytes, width: 6,
                    [Target(Expression.value(words["redis_memory_used_bytes"]).sum(), "used", absent)]),
                Panel(
                    "Clients", "Connected, of all services.", .count, width: 6,
                    [Target(Expression.value(words["redis_connected_clients"]).sum(), "clients", absent)]),
                Panel(
                    "Commands of the server", "A second, of all clients.", .operationsPerSecond, width: 6,
                    [Target(Expression.rate(words["redis_commands_processed_total"]).sum(), "commands", absent)]),
            ])
    }
}
