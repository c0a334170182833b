// The names that calls and sessions have on an event loop.

/// A session with the server, numbered over the life of an event loop; a number is never used again.
struct SessionID: Hashable, Sendable {
    let number: UInt64
}

/// A call that wants a session.
struct WaiterID: Hashable, Sendable {
    let number: UInt64
}

/// A session lent to one borrower. The number tells this loan from later ones of the same session.
struct Lease: Hashable, Sendable {
    let session: SessionID
    let number: UInt64
}
