// Samples who uses the CPU: every thread has a timer of its own CPU time, and its signal finds it where it works.
//
//     idle ──profile()──► sampling ──time over, or cancelled──► idle
//
// Trust rule: one profile at a time; a second one is refused, never mixed in.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Telemetry

/// The CPU profiler of the process. There is one, since there is one signal.
final class CPUProfiler: Sendable {
    enum Refusal: Error {
        /// Another profile is being taken.
        case busy
        /// The task was cancelled.
        case cancelled
        /// The system gives no timers or no thread.
        case unavailable
    }

    static let shared = CPUProfiler()

    /// How often new threads are looked for and stacks are fetched.
    private static let turn = Duration.milliseconds(100)

    private let isSampling = Atomic<Bool>(false)

    private init() {}

    /// Whether a profile is being taken.
    var isBusy: Bool { isSampling.load(ordering: .relaxed) }

    /// Samples for a while.
    ///
    /// - Parameters:
    ///   - rate: samples for each second of CPU time.
    ///   - ending: ends the profile early when it is set, without spoiling it.
    func profile(for time: Duration, rate: Int, ending: StopFlag) async throws(Refusal) -> Profile {
        guard isSampling.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { throw .busy }
        defer { isSampling.store(false, ordering: .releasing) }
        guard StackSampling.install() else { throw .unavailable }
        let profile = await withOwnThread(named: "profiler") { stop in
            Self.sample(for: time, rate: rate) { stop.isSet || ending.isSet }
        }
        guard let profile else { throw .unavailable }
        if Task.isCancelled { throw .cancelled }
        return profile
    }

    private static func sample(for time: Duration, rate: Int, isOver: () -> Bool) -> Profile {
        let period = Duration.nanoseconds(1_000_000_000 / rate)
        var timers = ThreadTimers(period: period)
        // What came too late for the profile before.
        StackSampling.drain(clinux_stack_of_timer) { _ in }
        let startedAt = RealTime.now
        let begin = MonotonicTime.now
        let end = begin + time
        var tally: [TalliedStack: Int64] = [:]
        func fetch() {
            StackSampling.drain(clinux_stack_of_timer) { stack in
                tally[TalliedStack(thread: stack.thread, frames: stack.frames), default: 0] += stack.weight
            }
        }
        while !isOver(), MonotonicTime.now < end {
            timers.follow(threadsOfProcess())
            let left = Duration.nanoseconds(Int64(end.nanoseconds(since: .now)))
            StopFlag.wait(for: min(left, turn))
            fetch()
        }
        let names = timers.names
        _ = consume timers
        fetch()
        var profile = Profile(
            types: [
                Profile.ValueType(type: "samples", unit: "count"),
                Profile.ValueType(type: "cpu", unit: "nanoseconds"),
            ],
            period: (Profile.ValueType(type: "cpu", unit: "nanoseconds"), Int64(period.wholeNanoseconds)))
        profile.startedAt = startedAt
        profile.duration = .nanoseconds(Int64(MonotonicTime.now.nanoseconds(since: begin)))
        profile.samples = tally.map { stack, count in
            Profile.Sample(
                frames: stack.frames, values: [count, count * Int64(period.wholeNanoseconds)],
                thread: names[stack.thread] ?? "")
        }
        return profile
    }
}

/// Samples that add up.
private struct TalliedStack: Hashable {
    let thread: pid_t
    let frames: [UInt64]
}
