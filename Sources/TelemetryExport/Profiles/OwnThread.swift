// A thread for work that must neither delay an event loop nor wait for a busy executor: operators want a profile when
// all executors are busy.

// Without TLS the compiler takes the C types of time for those of the first C module that has them, which is this one.
internal import CLinux
internal import Glibc
internal import Synchronization
internal import Telemetry
internal import Threads

/// Tells a thread that its caller no longer waits.
final class StopFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }

    /// Lets the thread sleep until the time is over or a signal comes.
    static func wait(for time: Duration) {
        let nanoseconds = time.wholeNanoseconds
        var left = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        nanosleep(&left, nil)
    }
}

/// Runs the body on a thread of its own, which learns by its flag when the task is cancelled.
///
/// - Returns: the body's result; nil if the system gives no thread.
func withOwnThread<Result: Sendable>(
    named name: StaticString, _ body: @escaping @Sendable (StopFlag) -> Result
) async -> Result? {
    let stop = StopFlag()
    return await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            let failure = startThread(named: name) { continuation.resume(returning: body(stop)) }
            if failure != 0 { continuation.resume(returning: nil) }
        }
    } onCancel: {
        stop.set()
    }
}
