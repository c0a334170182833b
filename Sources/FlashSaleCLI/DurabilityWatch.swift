// Follows what commits wait for while the service runs. Standbys may be taken out at any time. Then commits wait for
// nobody, the sale goes on, and a lost primary takes back what buyers are told meanwhile.

import LibpqClient
import Logging
import Synchronization
import Telemetry

final class DurabilityWatch: Sendable {
    private static let limit = Duration.milliseconds(500)

    private let client: PostgresClient
    private let wish: DatabaseDurability.Wish
    private let waits: Gauge<NoLabels>
    private let logger: Logger
    /// The last answer; nil before the first.
    private let waited = Mutex<Bool?>(nil)

    init(client: PostgresClient, wish: DatabaseDurability.Wish, instruments: DatabaseInstruments, logger: Logger) {
        self.client = client
        self.wish = wish
        waits = instruments.replicationSynchronous
        self.logger = logger
    }

    /// Asks once, and shows the answer.
    ///
    /// - Returns: whether the database does for what the operator asks. One that does not answer does not.
    func isAsWished() async -> Bool {
        guard let durability = try? await DatabaseDurability(over: client, within: Self.limit) else { return false }
        let waitsNow = durability.waitsForStandby
        waits.set(waitsNow ? 1 : 0)
        let before = waited.withLock { waited in
            defer { waited = waitsNow }
            return waited
        }
        if before == true, !waitsNow {
            logger.warning("commits wait for no standby any more: a promotion loses what buyers hear from now on")
        }
        if before == false, waitsNow { logger.notice("commits wait for a standby again") }
        return durability.refusal(of: wish) == nil
    }
}
