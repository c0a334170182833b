// Follows what commits wait for while the service runs. Standbys may be taken out at any time. Then commits wait for
// nobody, the sale goes on, and a lost primary takes back what buyers are told meanwhile.

import LibpqClient
import Logging
import PostgresLedger
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
    /// Whether each pod's commits wait, as all that share the gauge know it.
    private let all: Shared

    private final class Shared: Sendable {
        let waits = Mutex<[ObjectIdentifier: Bool]>([:])
    }

    /// - Parameter other: of another pod; the gauge shows whether the commits of all wait.
    init(
        client: PostgresClient, wish: DatabaseDurability.Wish, beside other: DurabilityWatch? = nil,
        instruments: DatabaseInstruments, logger: Logger
    ) {
        all = other?.all ?? Shared()
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
        let doAllWait = all.waits.withLock { waits in
            waits[ObjectIdentifier(self)] = waitsNow
            return waits.values.allSatisfy(\.self)
        }
        waits.set(doAllWait ? 1 : 0)
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
