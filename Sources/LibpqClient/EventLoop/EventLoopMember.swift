// What an event loop knows of a pool. The loop calls its members and names none of their types.

/// A pool on an event loop. All of it runs on the loop's thread.
protocol EventLoopMember: AnyObject, Sendable {
    /// The next moment at which `tick` has something to do; nil for none.
    var nextCheck: ContinuousClock.Instant? { get }

    func run(_ command: PoolCommand)

    /// Closes the sessions with a former primary: a server on a higher timeline was seen.
    func closeSessions(before origin: ServerOrigin)

    /// Does what has fallen due.
    func tick(now: ContinuousClock.Instant)
}

/// What a pool is told through the inbox of its event loop.
enum PoolCommand: Sendable {
    case start(PendingCall)
    case abort(PendingCall)
    case release(Lease)
    case resolved(SessionID, Result<[ConnectionParameters], ServerList.LookupFailure>)
    case warm
    /// Refuse new calls, let those in flight end until the deadline, then close what is left.
    case shutDown(ContinuousClock.Instant)
    /// Resume once the pool is shut down and its last session is closed.
    case awaitEnd(CheckedContinuation<Void, Never>)
}
