// The request to a server to stop what it does for a session.

internal import CLibpq

enum StopRequest {
    /// Blocking calls, over all clients of the process.
    private static let threads = CallThreads(limit: 8)

    /// Sends it, on a connection of its own. If it cannot be sent, the statement timeout ends the call.
    static func send(for connection: OpaquePointer?) {
        guard let cancel = PQgetCancel(connection) else { return }
        nonisolated(unsafe) let request = cancel
        let isStarted = threads.run {
            var complaint = [CChar](repeating: 0, count: 256)
            _ = PQcancel(request, &complaint, Int32(complaint.count))
            PQfreeCancel(request)
        }
        if !isStarted { PQfreeCancel(cancel) }
    }
}
