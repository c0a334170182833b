// What a session reports to its pool.

enum SessionEvent {
    /// A host is a name. The session waits for its addresses.
    case needsLookup(ServerList)
    /// A deadline has been set; the event loop must wake for it.
    case expects(ContinuousClock.Instant)
    case opened
    /// A step has its result.
    case finished(PendingCall, Result<PendingCall.Reply, PostgresError>)
    /// The session is closed, or could not be opened. The call is the one that it had in flight.
    case lost(PostgresError, during: PendingCall?, wasOpen: Bool)
}
