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

    static func memory(_ process: ProcessInstruments) -> Panel {
        share(
            "Memory", "Share of the allowed memory that is resident.", .memory,
            Expression.value(process.residentMemoryBytes).max(by: "instance"), of: process.memoryLimitBytes)
    }

    static func processors(_ process: ProcessInstruments) -> Panel {
        share(
            "CPU", "Share of the allowed CPU time that is used.", .processors,
            Expression.rate(process.cpuSecondsTotal).sum(by: "instance"), of: process.cpuLimitCores)
    }

    static func descriptors(_ process: ProcessInstruments) -> Panel {
        share(
            "File descriptors", "Share of the allowed descriptors that are open.", .descriptors,
            Expression.value(process.openFds).max(by: "instance"), of: process.maxFds)
    }

    /// The share of a limit that an instance uses, beside the threshold of an alert.
    private static func share(
        _ title: String, _ meaning: String, _ limit: AlertLimit, _ used: Expression, of allowed: any Readable
    ) -> Panel {
        Panel(
            title, meaning, .ratio, maximum: 1, thresholds: Threshold.saturation(limit),
            [Target(used / Expression.value(allowed).max(by: "instance"), "{{instance}}")])
    }

    static func loopLag(_ runtime: RuntimeInstruments, width: Int = 8) -> Panel {
        Panel(
            "Event loop lag p99", "From submitting a task to an event loop until it runs. Blocking calls show here.",
            .seconds, width: width, thresholds: [.alert(.loopLagSeconds)],
            [Target(.quantile(0.99, runtime.eventLoopLagSeconds, by: "loop"), "loop {{loop}}")])
    }

    static func liveTasks(_ runtime: RuntimeInstruments) -> Panel {
        Panel(
            "Tasks", "Tasks that the service started: requests and background loops.", .count, width: 12,
            [Target(Expression.value(runtime.tasksLive).max(by: "instance"), "{{instance}}")])
    }

    /// How long ago a moment was; nothing as long as there was none.
    static func age(_ timestamp: Reading<NoLabels>) -> Expression {
        Expression.now - Expression.value(timestamp).max().compared(.above, 0)
    }

    /// How long ago a moment was, in each pod. An instance has the duties of some pods, so the latest over all counts.
    static func age(_ timestamp: Reading<PodNumber>) -> Expression {
        Expression.now - Expression.value(timestamp).max(by: PodNumber.labelName).compared(.above, 0)
    }
}
