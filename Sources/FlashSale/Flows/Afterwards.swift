// Work that follows an answer and that its buyer need not wait for: telling the gate what the ledger committed.

import Synchronization
public import Telemetry

/// Runs small pieces of work beside the requests that left them, at most ``capacity`` at once.
///
/// A piece that finds no room is dropped: what the gate was not told, the drift check finds.
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
    /// If the request is traced, so is the work: in the same trace, which it may outlive.
    ///
    /// - Returns: false if it was dropped.
    @discardableResult
    public func run(_ name: SpanName, _ work: @escaping @Sendable () async -> Void) -> Bool {
        let hasRoom = state.withLock { state in
            guard state.running < capacity else { return false }
            state.running += 1
            return true
        }
        guard hasRoom else { return false }
        let trace = Trace.current?.follow(name)
        Task {
            await Trace.$current.withValue(trace) { await work() }
            trace?.finish()
            end()
        }
        return true
    }

    /// Returns when nothing is running: at shutdown, and in tests.
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
