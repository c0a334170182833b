// The limits of the gate, by name.

/// The bounds on the gate's calls to Redis.
enum GateLimits {
    /// How long one call may take that reads or loads a part of a sale.
    static let bulkTimeout = Duration.seconds(2)
    /// How long a code stays locked if its lock is not released. Longer than any request takes.
    static let lockLifetime = Duration.seconds(5)
    /// The most reservations or locks in one call: Redis serves nobody else meanwhile.
    static let requestsPerCall = 128
    /// The most settlements in one call, each of at most ``factsPerSharedCall`` facts.
    static let requestsPerSettlement = 32
    /// Settlements of more facts do not share a call.
    static let factsPerSharedCall = 16
    /// The most facts in one call.
    static let factsPerCall = 500
    /// The most facts that are kept for a load in progress. More of them end the load.
    static let factsKeptForLoad = 100_000
    /// How long a load's token stands after its latest piece.
    static let loadTokenLifetime = Duration.seconds(30)
    /// The bytes of a bitmap in one piece of a load.
    static let loadPieceBytes = 65_536
    /// The fields of a hash in one piece of a load. Each takes two values, and Lua's `unpack` bounds their number.
    static let loadPieceFields = 500
    /// The pieces of a load in progress at once. One at a time would wait behind the buyers at every turn of the event
    /// loop; all at once would keep Redis from the buyers of other sales.
    static let loadPiecesAtOnce = 8
    /// The most units in one read.
    static let unitsPerRead = 1_000
    /// How long a sale's keys outlive it.
    static let keysOutlive = Duration.seconds(86_400)
    /// The most locks whose age is remembered for the metrics.
    static let locksRemembered = 16_384
}
