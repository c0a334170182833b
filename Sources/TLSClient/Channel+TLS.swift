// TLS for a client's channel that has just connected.

package import NIOCore

extension Channel {
    /// Puts TLS between the socket and the channel's handlers, and waits until the session is open. A channel that
    /// cannot have it is closed.
    ///
    /// - Parameters:
    ///   - host: the name or the address that the server's certificate must have.
    ///   - patience: how long the handshake may take.
    package func secured(
        by policy: TLSPolicy, with host: String, within patience: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        let opened = eventLoop.makePromise(of: Void.self)
        do {
            let handler = TLSHandler(TLSSession(policy, host: host), opened: opened)
            try pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            opened.fail(error)
        }
        let alarm = eventLoop.scheduleTask(in: patience) { opened.fail(TLSFailure("no TLS with \(host) in time")) }
        opened.futureResult.whenComplete { result in
            alarm.cancel()
            if case .failure = result { self.close(promise: nil) }
        }
        return opened.futureResult.map { self }
    }
}
