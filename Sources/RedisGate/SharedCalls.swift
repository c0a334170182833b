// Requests that travel together: those that arrive while the event loop still serves its turn go in one call.

internal import Synchronization

/// Gathers requests of one kind and sends those of one turn and one key in one call.
///
///     send ──► the first opens a batch, and lets the turn go on ──► closes it, and calls ──► a value for each
///              the others join it, and wait ──────────────────────────────────────────────────┘
///
/// There is no timer: a lone request is sent at once. The task of the first request makes the call for all, so the call
/// must not end when that task is cancelled.
final class SharedCalls<Key: Equatable & Sendable, Request: Sendable, Value: Sendable>: Sendable {
    private struct Batch {
        let id: UInt64
        let key: Key
        var requests: [Request]
        var waiters: [UnsafeContinuation<Role, Never>] = []
    }

    private enum Role: Sendable {
        /// The request has opened the batch of this number and sends it.
        case first(UInt64)
        /// Another request has sent the batch, and this is the value.
        case joined(Value)
    }

    private struct State {
        var open: [Batch] = []
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let requestsMax: Int

    /// - Parameter requestsMax: the most requests in one call.
    init(requestsMax: Int) {
        self.requestsMax = requestsMax
    }

    /// Sends the request with others of its key, and returns its value.
    ///
    /// - Parameters:
    ///   - call: sends the requests, and returns a value for each in their order. Only the first request's is called.
    ///   - whenJoined: called for a request that another has sent.
    func send(
        _ request: Request, of key: Key, whenJoined: () -> Void = {}, call: ([Request]) async -> [Value]
    ) async -> Value {
        let role = await withUnsafeContinuation { waiter in
            if let id = joinOrOpen(request, of: key, waiter) { waiter.resume(returning: .first(id)) }
        }
        switch role {
        case .joined(let value):
            whenJoined()
            return value
        case .first(let id):
            // The tasks that the turn has made ready run first, and join.
            await Task.yield()
            let batch = close(id)
            let values = await call(batch.requests)
            precondition(values.count == batch.requests.count, "a call returns a value for each of its requests")
            for (waiter, value) in zip(batch.waiters, values.dropFirst()) { waiter.resume(returning: .joined(value)) }
            return values[0]
        }
    }

    /// The number of the batch that the request has opened; nil if it has joined one.
    private func joinOrOpen(_ request: Request, of key: Key, _ waiter: UnsafeContinuation<Role, Never>) -> UInt64? {
        state.withLock { state in
            if let index = state.open.firstIndex(where: { $0.key == key && $0.requests.count < requestsMax }) {
                state.open[index].requests.append(request)
                state.open[index].waiters.append(waiter)
                return nil
            }
            state.lastID += 1
            state.open.append(Batch(id: state.lastID, key: key, requests: [request]))
            return state.lastID
        }
    }

    private func close(_ id: UInt64) -> Batch {
        state.withLock { state in
            guard let index = state.open.firstIndex(where: { $0.id == id }) else {
                preconditionFailure("the request that opens a batch closes it")
            }
            return state.open.remove(at: index)
        }
    }
}
