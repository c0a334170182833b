// How a session finds its server: it tries those that the URL names in turn, each within its share of the time. A
// server fails if it does not answer, or if the session's set-up shows that it will not do.

internal import CLibpq
internal import CLinux

extension PostgresSession {
    /// - Parameter first: the server that was well last.
    func connect(_ parameters: ConnectionParameters, first: ConnectionParameters?) {
        loop.addSocket(id.number) { self.socketIsReady() }
        server = first
        expectConnection(within: connectTimeout)
        let servers = ServerList(parameters)
        if servers.needsLookup { report(.needsLookup(servers)) } else { resolved(servers.resolved()) }
    }

    private func expectConnection(within limit: Duration) {
        let deadline = ContinuousClock.now.advanced(by: limit)
        connectDeadline = deadline
        report(.expects(deadline))
    }

    /// The lookup of the hosts has ended. Does nothing if the session is closed already.
    func resolved(_ result: Result<[ConnectionParameters], ServerList.LookupFailure>) {
        guard phase == .resolving else { return }
        switch result {
        case .success(let servers):
            turns = ServerTurns(servers, first: server, within: connectTimeout)
            _ = openNext()
        case .failure(let failure): lose(.connectionFailed, failure.sentence)
        }
    }

    /// Begins to connect to the next server. Returns false if there is none.
    func openNext() -> Bool {
        guard let next = turns.next() else { return false }
        server = next
        expectConnection(within: turns.share)
        phase = .connecting
        handle = next.startConnecting()
        if let handle, PQstatus(handle) != CONNECTION_BAD {
            notices.receive(from: handle)
            watch(EPOLLOUT.rawValue)
        } else {
            lose(.connectionFailed, handle.map(PostgresError.message(of:)) ?? "out of memory")
        }
        return true
    }
}
