// The rates of all buyers of the process, over all event loops.

internal import Synchronization
internal import Telemetry

/// Says who sends more than one person can. It keeps bots from crowding out buyers; what a buyer may have is the gate's
/// and the ledger's to say.
final class BuyerRates: Sendable {
    /// Buyers that are known at a time, over all shards: 16 bytes each.
    private static let buyers = 65_536
    private static let shardCount = 16

    private final class Shard: Sendable {
        let table: Mutex<RateTable>

        init(_ table: RateTable) {
            self.table = Mutex(table)
        }
    }

    /// Empty if there is no limit. Shards, so that event loops seldom wait for each other.
    private let shards: [Shard]

    init(limits: HTTPLimits) {
        guard limits.buyerRequestsPerSecond > 0 else {
            shards = []
            return
        }
        shards = (0..<Self.shardCount).map { _ in
            Shard(
                RateTable(
                    perSecond: limits.buyerRequestsPerSecond, burst: limits.buyerRequestsBurst,
                    size: Self.buyers / Self.shardCount))
        }
    }

    /// Whether the request of that buyer, or for that code, may go on.
    func admits(_ name: some Hashable, at now: MonotonicTime = .now) -> Bool {
        guard !shards.isEmpty else { return true }
        // Swift seeds its hashes anew in each process: nobody can choose whose place he takes.
        let key = UInt64(truncatingIfNeeded: name.hashValue)
        return shards[Int(key >> 60)].table.withLock { $0.admits(key, at: now) }
    }
}
