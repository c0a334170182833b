// How promptly the threads get to their work, asked from outside: every 100 ms a foreign thread gives each event loop
// and the cooperative pool a task and sees how long it waits.
//
// Trust rule: a probe that does not come back is not sent again; its age tells that its loop has stalled.

internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

final class EventLoopWatch: Sendable {
    static let interval = Duration.milliseconds(100)
    /// A process whose every loop lags more than this is not alive.
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

    /// Probes from an event loop that is none of the watched, until it is shut down.
    func start(on foreign: any EventLoop) {
        let interval = TimeAmount.nanoseconds(Int64(Self.interval.wholeNanoseconds))
        foreign.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.probe() }
    }

    /// Whether any loop turns: its probe has not been on the way for too long.
    var isTurning: Bool {
        let now = now()
        return loops.isEmpty
            || loops.contains { $0.probe.age(at: now) <= Self.stall.wholeNanoseconds }
    }

    /// Sends the probes that are back.
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

    /// Sets what is read at a scrape: how long each loop has worked, and how busy the busiest is.
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

/// A loop, the probe that is sent to it, and the clock of its thread.
private final class WatchedLoop: Sendable {
    let loop: any EventLoop
    let probe = LagProbe()
    /// Unknown (0) until the first probe is back.
    let clock = Atomic<clockid_t>(0)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }
}

/// A task that is on its way or back.
private final class LagProbe: Sendable {
    /// When it was sent, in nanoseconds; 0 while it is back.
    private let sentAt = Atomic<UInt64>(0)

    /// False if it is still on its way.
    func send(at now: MonotonicTime) -> Bool {
        sentAt.compareExchange(expected: 0, desired: now.nanoseconds, ordering: .relaxed).exchanged
    }

    /// How many nanoseconds it took.
    func back(at now: MonotonicTime) -> UInt64 {
        now.nanoseconds(since: MonotonicTime(nanoseconds: sentAt.exchange(0, ordering: .relaxed)))
    }

    /// For how many nanoseconds it has been on its way; 0 if it is back.
    func age(at now: MonotonicTime) -> UInt64 {
        let sentAt = sentAt.load(ordering: .relaxed)
        return sentAt == 0 ? 0 : now.nanoseconds(since: MonotonicTime(nanoseconds: sentAt))
    }
}

/// The clock of the calling thread's processor time, for other threads to read.
private func threadClock() -> clockid_t {
    var clock: clockid_t = 0
    return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : 0
}

private func threadSeconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    guard clock != 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
