// Work that follows an answer, so that the buyer need not wait for it: telling the gate what the ledger committed.

import Synchronization
public import Telemetry

/// Runs small pieces of work beside the requests that started them, at most `capacity` at once.
///
/// A piece that finds no room is dropped. If the gate was not told a fact, the drift check finds the difference.
public final class Afterwards: Sendable {
    private struct State {
        var running = 0
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let capacity: Int
    private let state = Mutex(State())

    public init(capacity: Int = 4_096) {
        self.capacity = capacity
    }

    /// Starts the work and returns at once.
    ///
    /// The work of a traced request is in the same trace, and may outlive it. It runs where its caller's task prefers
    /// to run: on the event loop of the request, beside others of the same turn, with which it may share a call.
    ///
    /// - Returns: false if the work was dropped.
    @discardableResult
    public func run(_ name: SpanName, _ work: @escaping @Sendable () async -> Void) -> Bool {
        let hasRoom = state.withLock { state in
            guard state.running < capacity else { return false }
            state.running += 1
            return true
        }
        guard hasRoom else { return false }
        let trace = Trace.current?.follow(name)
        let executor = withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
        Task(executorPreference: executor) {
            await Trace.$current.withValue(trace) { await work() }
            trace?.finish()
            self.end()
        }
        return true
    }

    /// Returns when nothing is running: for shutdown, and for tests.
    public func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.running == 0 { return true }
                state.idle.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    private func end() {
        let idle = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.idle = [] }
            return state.idle
        }
        for continuation in idle { continuation.resume() }
    }
}
