// The receiver of the proof's webhook: takes every event, but while it refuses.

import NIOHTTP1
import Synchronization

final class ProofReceiver: Sendable {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private let refuses = Atomic(false)

    /// Listens until the process ends.
    ///
    /// - Returns: with the address for the service.
    static func start() async throws -> (receiver: ProofReceiver, address: String) {
        let receiver = ProofReceiver()
        let server = try await StatusServer.start { _ in
            receiver.refuses.load(ordering: .relaxed) ? .serviceUnavailable : .ok
        }
        return (receiver, "http://127.0.0.1:\(server.port)/hook")
    }

    func refuse() { refuses.store(true, ordering: .relaxed) }

    func take() { refuses.store(false, ordering: .relaxed) }
}
