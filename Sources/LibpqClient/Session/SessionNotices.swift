// The server's notices to one session. One of them counts; without a receiver libpq would print them all.

internal import CLibpq

/// It outlives the connection whose notices it receives.
final class SessionNotices {
    /// Whether a transaction is committed on this server and perhaps on none of the standbys that it waits for: the
    /// wait was broken off.
    private(set) var waitWasBrokenOff = false

    func receive(from connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { receiver, notice in
                guard let receiver, let notice, SessionNotices.tellsOfBrokenWait(notice) else { return }
                Unmanaged<SessionNotices>.fromOpaque(receiver).takeUnretainedValue().waitWasBrokenOff = true
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The notice's SQLSTATE is that of any warning, and its text depends on the server's language. So the name of the
    /// server's function tells it.
    private static func tellsOfBrokenWait(_ notice: OpaquePointer) -> Bool {
        let function = PQresultErrorField(notice, Int32(("R" as Unicode.Scalar).value))
        return function.map { String(cString: $0) } == "SyncRepWaitForLSN"
    }
}
