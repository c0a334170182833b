// A value whose changes tasks can wait for.

internal import Synchronization

final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    var value: Value { read { $0 } }

    func read<Result>(_ body: (Value) -> Result) -> Result {
        state.withLock { body($0.value) }
    }

    func update(_ change: (inout Value) -> Void) {
        state.withLock { change(&$0.value) }
        wakeWaiters()
    }

    /// Returns when the value is as it should be, or the task is cancelled.
    func wait(until isAsItShould: (Value) -> Bool) async {
        while !Task.isCancelled, !read(isAsItShould) {
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    let mustWait = state.withLock { state in
                        if isAsItShould(state.value) || Task.isCancelled { return false }
                        state.waiters.append(waiter)
                        return true
                    }
                    if !mustWait { waiter.resume() }
                }
            } onCancel: {
                wakeWaiters()
            }
        }
    }

    /// Each waiter checks again, so waking too many does no harm.
    private func wakeWaiters() {
        let waiters = state.withLock { state in
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
