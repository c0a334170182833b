// The instruments of the threads: how promptly the API's event loops and Swift's cooperative pool run their work.

/// The runtime family. A property is named like its metric without the group's prefix.
public final class RuntimeInstruments: Sendable {
    /// From submitting a task to an event loop until it runs, by a probe every 100 ms.
    public let eventLoopLagSeconds: Histogram<EventLoopNumber>
    /// The tasks of one turn of an event loop, without the sockets that it served in that turn.
    public let eventLoopTickDurationSeconds: Histogram<EventLoopNumber>
    /// The processor time of the event loop's thread: tasks, sockets and system calls.
    public let eventLoopBusySecondsTotal: Reading<EventLoopNumber>
    public let eventLoopTasksTotal: Counter<EventLoopNumber>
    /// From starting a task on the cooperative pool until it runs, by the same probe.
    public let executorLagSeconds: Histogram<NoLabels>
    /// The tasks that the service started: requests and background loops.
    public let tasksLive: Gauge<NoLabels>

    /// How many event loops have a label of their own.
    private let ownLoopCount: Int

    /// The label that counts an event loop, by the loop's number from 0.
    public func label(ofLoop number: Int) -> EventLoopNumber {
        number < ownLoopCount ? EventLoopNumber(number) : .rest
    }

    init(_ catalogue: inout Catalogue, eventLoops: Int) {
        let loops = EventLoopNumber.shown(of: eventLoops)
        ownLoopCount = loops.count { $0 != .rest }
        eventLoopLagSeconds = catalogue.histogram(
            "nio_event_loop_lag_seconds", "Time from submitting a task to an event loop until it runs in seconds.",
            .lags, only: loops)
        eventLoopTickDurationSeconds = catalogue.histogram(
            "nio_event_loop_tick_duration_seconds", "Duration of the tasks of one turn of an event loop in seconds.",
            .lags,
            only: loops)
        eventLoopBusySecondsTotal = catalogue.reading(
            "nio_event_loop_busy_seconds_total", "Time that an event loop has worked in seconds.", .counter,
            unit: .seconds, only: loops)
        eventLoopTasksTotal = catalogue.counter(
            "nio_event_loop_tasks_total", "Tasks that an event loop has run.", only: loops)
        executorLagSeconds = catalogue.histogram(
            "swift_executor_lag_seconds", "Time from starting a task until it runs in seconds.", .lags)
        tasksLive = catalogue.gauge("swift_tasks_live", "Tasks of the service: requests and background loops.")
    }
}
