// Expressions and panels that more than one board shows.

internal import Telemetry

extension Dashboard {
    static func soldShare(_ sale: SaleInstruments) -> Expression {
        Expression.value(sale.saleItemsSold).max() / Expression.value(sale.saleItemsTotal).max().atLeast(1)
    }

    static func databaseUse(_ database: DatabaseInstruments) -> Expression {
        Expression.value(database.connectionsActive).sum(by: "instance")
            / Expression.value(database.connectionsMax).sum(by: "instance")
    }

    static func redisUse(_ redis: RedisInstruments) -> Expression {
        Expression.value(redis.connections, .is(ConnectionState.active)).sum(by: "instance")
            / Expression.value(redis.connectionsMax).sum(by: "instance")
    }

    static func memory(_ process: ProcessInstruments) -> Panel {
        Panel(
            "Memory", "Resident memory of that allowed.", .ratio, maximum: 1,
            thresholds: Threshold.saturation(.memory),
            [
                Target(
                    Expression.value(process.residentMemoryBytes).max(by: "instance")
                        / Expression.value(process.memoryLimitBytes).max(by: "instance"), "{{instance}}")
            ])
    }

    static func processors(_ process: ProcessInstruments) -> Panel {
        Panel(
            "CPU", "CPU time used of that allowed.", .ratio, maximum: 1,
            thresholds: Threshold.saturation(.processors),
            [
                Target(
                    Expression.rate(process.cpuSecondsTotal).sum(by: "instance")
                        / Expression.value(process.cpuLimitCores).max(by: "instance"), "{{instance}}")
            ])
    }

    static func descriptors(_ process: ProcessInstruments) -> Panel {
        Panel(
            "File descriptors", "Open descriptors of those allowed.", .ratio, maximum: 1,
            thresholds: Threshold.saturation(.descriptors),
            [
                Target(
                    Expression.value(process.openFds).max(by: "instance")
                        / Expression.value(process.maxFds).max(by: "instance"), "{{instance}}")
            ])
    }

    static func loopLag(_ words: Vocabulary, width: Int = 8) -> Panel {
        Panel(
            "Event loop lag p99", "From handing a task to an event loop until it runs. Blocking calls show here.",
            .seconds, width: width, thresholds: [.alert(.loopLagSeconds)],
            [Target(.quantile(0.99, words["nio_event_loop_lag_seconds"], by: "loop"), "loop {{loop}}")])
    }

    /// How long ago a moment was.
    static func age(_ timestamp: any Readable) -> Expression {
        Expression.now - Expression.value(timestamp).max()
    }
}
