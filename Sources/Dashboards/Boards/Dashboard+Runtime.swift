// The board of the process: its loops and tasks, its memory, and the kernel's figures.

internal import Telemetry

extension Dashboard {
    static func runtime(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-runtime", title: "Flash sale / Runtime",
            purpose: "Event loops, tasks, memory, and the process as the kernel sees it.",
            rows: [loops(words), overload(words), heap(words), kernel(words), network(words), machine(words)])
    }

    private static func loops(_ words: Vocabulary) -> Row {
        let runtime = words.instruments.runtime
        return Row(
            "Loops and tasks",
            [
                Panel(
                    "Event loop lag", "From submitting a task to an event loop until it runs.", .seconds, as: .heatmap,
                    [Target(.buckets(runtime.eventLoopLagSeconds), "{{le}}")]),
                loopLag(runtime),
                Panel(
                    "Event loops busy", "Share of the time that a loop works. At 1 it is fully used.", .ratio,
                    maximum: 1, thresholds: Threshold.saturation(.processors),
                    [
                        Target(
                            Expression.rate(runtime.eventLoopBusySecondsTotal).sum(by: "instance", "loop"),
                            "loop {{loop}} {{instance}}")
                    ]),
                Panel(
                    "Turns of the loops p99", "How long the tasks of one turn take.", .seconds,
                    [
                        Target(
                            .quantile(0.99, runtime.eventLoopTickDurationSeconds, by: "loop"), "loop {{loop}}")
                    ]),
                Panel(
                    "Tasks of the loops", "Tasks run a second.", .operationsPerSecond,
                    [Target(Expression.rate(runtime.eventLoopTasksTotal).sum(by: "loop"), "loop {{loop}}")]),
                Panel(
                    "Executor lag p99", "From starting a task on Swift's cooperative pool until it runs.", .seconds,
                    thresholds: [.alert(.executorLagSeconds)],
                    [Target(.quantile(0.99, runtime.executorLagSeconds), "p99")]),
                Panel(
                    "Executor lag", "The same as a heatmap: a slow tail hides in a quantile.", .seconds, as: .heatmap,
                    width: 12, [Target(.buckets(runtime.executorLagSeconds), "{{le}}")]),
                liveTasks(runtime),
            ])
    }

    private static func overload(_ words: Vocabulary) -> Row {
        let admission = words.instruments.admission
        return Row(
            "Overload",
            [
                Panel(
                    "Admission level", "Classes of requests that are let in: all at 6, holders alone at 2.", .count,
                    maximum: 6, thresholds: [.good(from: AlertLimit.admissionLevel.value)],
                    [Target(Expression.value(admission.level).min(by: "instance"), "{{instance}}")]),
                Panel(
                    "Requests shed", "A second, by class. Holders and operators are never shed.", .requestsPerSecond,
                    isStacked: true,
                    [
                        Target(
                            Expression.rate(admission.refusedTotal).sum(by: RequestClass.labelName), "{{class}}",
                            .stands)
                    ]),
                Panel(
                    "Delay p99",
                    "The wait in 100 ms: the shortest for a loop, to be 5 ms at most; the mean for the ledger, 20 ms.",
                    .seconds,
                    [
                        // A service that keeps up has the same waits all day.
                        Target(
                            .quantile(0.99, admission.delaySeconds, by: WaitingQueue.labelName), "{{queue}}", .stands)
                    ]),
            ])
    }

    private static func heap(_ words: Vocabulary) -> Row {
        let process = words.instruments.process
        func largest(_ gauge: any Readable) -> Expression { Expression.value(gauge).max(by: "instance") }
        return Row(
            "Memory",
            [
                memory(process),
                Panel(
                    "Memory in bytes", "Resident, and the most allowed.", .bytes,
                    [
                        Target(largest(process.residentMemoryBytes), "resident {{instance}}"),
                        Target(largest(process.memoryLimitBytes), "allowed {{instance}}"),
                    ]),
                Panel(
                    "Heap", "Memory in use, taken from the kernel, and kept free by the allocator.", .bytes,
                    [Target(Expression.value(process.heapBytes).sum(by: HeapState.labelName), "{{state}}")]),
                Panel(
                    "Allocations", "A second, estimated from samples, in builds that sample the heap.",
                    .operationsPerSecond,
                    [Target(Expression.rate(process.heapAllocationsTotal).sum(by: "instance"), "{{instance}}", .stands)]
                ),
                Panel(
                    "Bytes allocated", "A second, freed or not, in builds that sample the heap.", .bytesPerSecond,
                    [
                        Target(
                            Expression.rate(process.heapAllocatedBytesTotal).sum(by: "instance"), "{{instance}}",
                            .stands)
                    ]),
                Panel(
                    "Virtual memory", "Mapped, and the most allowed. Reserved memory is not used memory.", .bytes,
                    [
                        Target(largest(process.virtualMemoryBytes), "mapped {{instance}}"),
                        // Without a limit this is 2^64 or -1, which would flatten the other lines.
                        Target(
                            largest(process.virtualMemoryMaxBytes).compared(.above, 0).compared(.below, 1e15),
                            "allowed {{instance}}", .mayBeEmpty("most machines set no limit")),
                    ]),
                Panel(
                    "Page faults", "A second. A major one waits for the disk.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.rate(process.pageFaultsTotal).sum(by: PageFaultType.labelName), "{{type}}",
                            .stands)
                    ]),
                Panel(
                    "Profiles taken", "A second, by profile and result.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.rate(words.instruments.profile.requestsTotal).sum(by: "profile", "result"),
                            "{{profile}} {{result}}", .stands)
                    ]),
            ])
    }

    private static func kernel(_ words: Vocabulary) -> Row {
        let process = words.instruments.process
        return Row(
            "Process",
            [
                processors(process), descriptors(process),
                Panel(
                    "Threads", "Threads of the process. It starts them once.", .count,
                    [Target(Expression.value(process.threads).max(by: "instance"), "{{instance}}")]),
                Panel(
                    "Context switches", "A second. Involuntary ones mean too few processors.", .operationsPerSecond,
                    [
                        Target(
                            Expression.rate(process.contextSwitchesTotal).sum(by: ContextSwitchType.labelName),
                            "{{type}}", .stands)
                    ]),
                Panel(
                    "Running for", "Time since the process began.", .seconds, as: .stat, height: 8,
                    [Target(.now - Expression.value(process.startTimeSeconds).max(by: "instance"), "{{instance}}")]),
                Panel(
                    "Builds", "Instances by the build they run: two while a deploy is under way.", .count,
                    as: .barGauge,
                    [
                        Target(
                            Expression.value(words["flashsale_build_info"])
                                .count(by: "version", "revision", "swift_version", "build_mode"),
                            "{{version}} {{revision}} Swift {{swift_version}} {{build_mode}}")
                    ]),
            ])
    }

    private static func network(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let process = words.instruments.process
        let live = words.instruments.live
        return Row(
            "Connections and bytes",
            [
                Panel(
                    "Client connections", "Open, and the most allowed.", .count, width: 6,
                    [
                        Target(Expression.value(http.connectionsOpen).sum(), "open"),
                        Target(Expression.value(http.connectionsMax).sum(), "allowed"),
                    ]),
                Panel(
                    "Listeners to live events", "Open streams of a sale's events.", .count, width: 6,
                    [Target(Expression.value(live.listeners).sum(), "listeners")]),
                Panel(
                    "Live events",
                    "Listeners that were sent news, and those left out because they had not read what came before, a "
                        + "second.", .operationsPerSecond, width: 12,
                    [
                        Target(Expression.rate(live.eventsTotal).sum(), "sent"),
                        Target(Expression.rate(live.skippedTotal).sum(), "left out", .stands),
                    ]),
                Panel(
                    "Connections in use", "Share of the allowed connections that are open.", .ratio, width: 12,
                    maximum: 1,
                    thresholds: Threshold.saturation(.connections),
                    [
                        Target(
                            Expression.value(http.connectionsOpen).sum(by: "instance")
                                / Expression.value(http.connectionsMax).sum(by: "instance"), "{{instance}}")
                    ]),
                Panel(
                    "Connections accepted", "A second. Many mean that clients do not keep their connections.",
                    .operationsPerSecond, width: 6, [Target(Expression.rate(http.connectionsTotal).sum(), "accepted")]),
                Panel(
                    "Network", "Bytes of the process's network namespace a second.", .bytesPerSecond, width: 6,
                    [
                        Target(Expression.rate(process.networkReceiveBytesTotal).sum(), "received"),
                        Target(Expression.rate(process.networkTransmitBytesTotal).sum(), "sent"),
                    ]),
            ])
    }

    private static func machine(_ words: Vocabulary) -> Row {
        let absent = Target.Expectation.mayBeEmpty("there is no node_exporter beside `flashsale dev`")
        let idle = Expression.rate(words["node_cpu_seconds_total"], .is("mode", "idle")).sum(by: "instance")
        let available =
            Expression.value(words["node_memory_MemAvailable_bytes"]).max(by: "instance")
            / Expression.value(words["node_memory_MemTotal_bytes"]).max(by: "instance")
        return Row(
            "The machine, by node_exporter",
            [
                Panel(
                    "Idle processors", "The number of idle processors.", .cores, width: 12,
                    [Target(idle, "{{instance}}", absent)]),
                Panel(
                    "Memory available", "Share of the machine's memory that is not in use.", .ratio, width: 12,
                    maximum: 1, [Target(available, "{{instance}}", absent)]),
            ])
    }
}
