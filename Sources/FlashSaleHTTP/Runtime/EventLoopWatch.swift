// Measures the lag of the threads from outside: every 100 ms another thread gives each event loop and the cooperative
// pool a task, and measures how long the task waits.
//
// Trust rule: a probe that does not come back is not sent again; its age shows that its loop has stalled.

internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

final class EventLoopWatch: Sendable {
    static let interval = Duration.milliseconds(100)
    /// If every loop lags more than this, the process is not alive.
    static let stall = Duration.seconds(5)

    private struct Busy {
        var at: MonotonicTime
        var seconds: [Double]
    }

    private let loops: [WatchedLoop]
    private let pool = LagProbe()
    private let instruments: Instruments
    private let now: @Sendable () -> MonotonicTime
    private let last = Mutex<Busy?>(nil)

    init(
        group: MultiThreadedEventLoopGroup, instruments: Instruments,
        now: @escaping @Sendable () -> MonotonicTime = { .now }
    ) {
        loops = group.makeIterator().map(WatchedLoop.init)
        self.instruments = instruments
        self.now = now
    }

    /// Sends probes from an event loop outside of the watched ones, until that loop shuts down.
    func start(on foreign: any EventLoop) {
        let interval = TimeAmount.nanoseconds(Int64(Self.interval.wholeNanoseconds))
        foreign.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.probe() }
    }

    /// Whether any loop works: its probe is back, or not late.
    var isTurning: Bool {
        let now = now()
        return loops.isEmpty
            || loops.contains { $0.probe.age(at: now) <= Self.stall.wholeNanoseconds }
    }

    /// Sends each probe that is back.
    func probe() {
        let (now, runtime) = (now, instruments.runtime)
        for (number, watched) in loops.enumerated() where watched.probe.send(at: now()) {
            watched.loop.execute {
                watched.clock.store(threadClock(), ordering: .relaxed)
                let lag = watched.probe.back(at: now())
                runtime.eventLoopLagSeconds.observe(lag, runtime.label(ofLoop: number))
            }
        }
        guard pool.send(at: now()) else { return }
        Task.detached { [pool] in runtime.executorLagSeconds.observe(pool.back(at: now())) }
    }

    /// Sets the values for a scrape: the working time of each loop, and the share of the busiest.
    func show() {
        let busy = Busy(at: now(), seconds: loops.map { threadSeconds($0.clock.load(ordering: .relaxed)) })
        let runtime = instruments.runtime
        let shown = busy.seconds.enumerated().map { (runtime.label(ofLoop: $0), $1) }
        for (loop, seconds) in Dictionary(shown, uniquingKeysWith: +) {
            runtime.eventLoopBusySecondsTotal.set(seconds, loop)
        }
        let before = last.withLock { last in
            defer { last = busy }
            return last
        }
        guard let before, busy.at > before.at else { return }
        let elapsed = Double(busy.at.nanoseconds(since: before.at)) * 1e-9
        let busiest = zip(busy.seconds, before.seconds).map { ($0 - $1) / elapsed }.max() ?? 0
        instruments.http.resourceUtilizationRatio.set(min(max(busiest, 0), 1), .eventLoop)
    }
}

/// A loop, its probe, and the clock of its thread.
private final class WatchedLoop: Sendable {
    let loop: any EventLoop
    let probe = LagProbe()
    /// Unknown (0) until the first probe is back.
    let clock = Atomic<clockid_t>(0)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }
}

/// A task that is under way or back.
private final class LagProbe: Sendable {
    /// The time at which it was sent, in nanoseconds; 0 while it is back.
    private let sentAt = Atomic<UInt64>(0)

    /// False while it is under way.
    func send(at now: MonotonicTime) -> Bool {
        sentAt.compareExchange(expected: 0, desired: now.nanoseconds, ordering: .relaxed).exchanged
    }

    /// The nanoseconds from sending to return.
    func back(at now: MonotonicTime) -> UInt64 {
        now.nanoseconds(since: MonotonicTime(nanoseconds: sentAt.exchange(0, ordering: .relaxed)))
    }

    /// The nanoseconds since it was sent; 0 if it is back.
    func age(at now: MonotonicTime) -> UInt64 {
        let sentAt = sentAt.load(ordering: .relaxed)
        return sentAt == 0 ? 0 : now.nanoseconds(since: MonotonicTime(nanoseconds: sentAt))
    }
}

/// The clock of the calling thread's processor time. Other threads may read it.
private func threadClock() -> clockid_t {
    var clock: clockid_t = 0
    return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : 0
}

private func threadSeconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    guard clock != 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
