// The request rates of all buyers of this process, over all event loops.

internal import Synchronization
internal import Telemetry

/// Refuses a buyer that sends more requests than one person can, so that bots do not crowd out buyers.
///
/// This says nothing about what a buyer may hold: the gate and the ledger decide that.
public final class BuyerRates: Admission {
    /// The most buyers remembered at a time, over all shards: 16 bytes each.
    private static let buyers = 65_536
    private static let shardCount = 16

    private final class Shard: Sendable {
        let table: Mutex<RateTable>

        init(_ table: RateTable) {
            self.table = Mutex(table)
        }
    }

    /// Empty if there is no limit. Event loops seldom wait for the same shard.
    private let shards: [Shard]

    /// - Parameters:
    ///   - perSecond: requests a second of one buyer; 0 for no limit.
    ///   - burst: how many of them may come at once, at least 1.
    public init(perSecond: Int, burst: Int) {
        guard perSecond > 0 else {
            shards = []
            return
        }
        shards = (0..<Self.shardCount).map { _ in
            Shard(RateTable(perSecond: perSecond, burst: burst, size: Self.buyers / Self.shardCount))
        }
    }

    /// A request counts for its buyer. A cancel or a purchase of somebody that was not proven counts for its code.
    public func refusal(of request: AdmissionRequest) async -> Refusal? {
        let isAdmitted =
            switch request {
            case .checkout(let buyer, _), .queue(let buyer): admits(buyer)
            case .cancel(let code, let buyer), .purchase(let code, let buyer):
                buyer.map { admits($0) } ?? admits(code)
            }
        return isAdmitted ? nil : Refusal(.rateLimited)
    }

    /// Whether the request of that buyer, or for that code, may go on.
    func admits(_ name: some Hashable, at now: MonotonicTime = .now) -> Bool {
        guard !shards.isEmpty else { return true }
        // Swift seeds its hashes in each process, so a client cannot choose whose place in the table it takes.
        let key = UInt64(truncatingIfNeeded: name.hashValue)
        return shards[Int(key >> 60)].table.withLock { $0.admits(key, at: now) }
    }
}
