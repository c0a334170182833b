// Samples the code that uses the CPU: every thread has a timer on its CPU time, whose signal finds the thread at work.
//
//     idle ──profile()──► sampling ──time over, cancelled, or gave way──► idle
//
// Trust rule: one profile at a time. A second one is refused, or ends one that gives way; the two never mix.

internal import CLinux
internal import Glibc
internal import Synchronization
internal import Telemetry
internal import Textbook

/// The CPU profiler of the process. There is only one because there is only one signal.
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

    /// The pauses in which a profile that gives way may end, and their number.
    private static let pause = Duration.milliseconds(5)
    private static let pausesMax = 200

    private enum State {
        case idle
        case sampling
        /// For a profile that gives way when the flag is set.
        case samplingInBackground(StopFlag)
    }

    private let state = Mutex(State.idle)

    private init() {}

    /// Whether a profile is being taken.
    var isBusy: Bool {
        state.withLock { if case .idle = $0 { false } else { true } }
    }

    /// Samples for a while.
    ///
    /// - Parameters:
    ///   - rate: samples for each second of CPU time.
    ///   - ending: ends the profile early when it is set; the profile stays valid.
    ///   - givesWay: whether it also ends early when another profile is asked for.
    func profile(
        for time: Duration, rate: Int, ending: StopFlag, givesWay: Bool = false
    ) async throws(Refusal) -> Profile {
        let wayGiven = StopFlag()
        var pauses = 0
        while !begin(givesWay ? .samplingInBackground(wayGiven) : .sampling) {
            guard !givesWay, comesFree, pauses < Self.pausesMax else { throw .busy }
            pauses += 1
            try? await Task.sleep(for: Self.pause)
        }
        defer { state.withLock { $0 = .idle } }
        guard StackSampling.install() else { throw .unavailable }
        let profile = await withOwnThread(named: "profiler") { stop in
            Self.sample(for: time, rate: rate) {
                stop.isSet || ending.isSet || wayGiven.isSet
            }
        }
        guard let profile else { throw .unavailable }
        if Task.isCancelled { throw .cancelled }
        return profile
    }

    /// Takes the profiler, or asks its user to give way. Returns whether it was taken.
    private func begin(_ wanted: State) -> Bool {
        state.withLock { state in
            switch state {
            case .idle:
                state = wanted
                return true
            case .sampling:
                return false
            case .samplingInBackground(let flag):
                if case .sampling = wanted { flag.set() }
                return false
            }
        }
    }

    /// Whether nobody has the profiler, or somebody who gives way.
    private var comesFree: Bool {
        state.withLock { if case .sampling = $0 { false } else { true } }
    }

    private static func sample(for time: Duration, rate: Int, isOver: () -> Bool) -> Profile {
        let period = Duration.nanoseconds(1_000_000_000 / rate)
        var timers = ThreadTimers(period: period)
        // Drops samples that came too late for the profile before.
        StackSampling.drain(clinux_stack_of_timer) { _ in }
        let startedAt = UTCTime.now
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
