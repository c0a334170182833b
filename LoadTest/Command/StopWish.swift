// The wish to stop a run, or a command of several, whatever it does when the wish comes.

import Synchronization

/// Is there once a user has asked to stop, and stays: then no run begins any more, and no rest goes on.
final class StopWish: Sendable {
    private struct State {
        var isThere = false
        var stops: [@Sendable () -> Void] = []
        var rests: [Task<Void, any Error>] = []
    }

    private let state = Mutex(State())

    var isThere: Bool { state.withLock { $0.isThere } }

    /// Ends the arrivals of all runs, those that begin later included.
    func come() {
        let (stops, rests) = state.withLock { state in
            state.isThere = true
            return (state.stops, state.rests)
        }
        for rest in rests { rest.cancel() }
        for stop in stops { stop() }
    }

    /// Stops something when the wish comes, or at once if it is there.
    func follow(_ stop: @escaping @Sendable () -> Void) {
        let isThere = state.withLock { state in
            state.stops.append(stop)
            return state.isThere
        }
        if isThere { stop() }
    }

    /// Waits, until the wish comes at the longest.
    func rest(_ duration: Duration) async {
        let rest = Task { try await Task.sleep(for: duration) }
        let isThere = state.withLock { state in
            state.rests.append(rest)
            return state.isThere
        }
        if isThere { rest.cancel() }
        _ = await rest.result
    }
}
