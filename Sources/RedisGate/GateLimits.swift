// The gate's limits, by name.

/// The bounds that the gate keeps in what it asks of Redis and how long it waits.
enum GateLimits {
    /// How long reading or loading a part of a sale may take.
    static let bulkTimeout = Duration.seconds(2)
    /// How long a code stays locked if nobody unlocks it. Longer than any request takes.
    static let lockLifetime = Duration.seconds(5)
    /// The most facts in one call.
    static let factsPerCall = 500
    /// The most facts to keep for a load that is under way; with more the load is called off.
    static let factsKeptForLoad = 100_000
    /// How long a load's token stands from its last piece on.
    static let loadTokenLifetime = Duration.seconds(30)
    /// The bytes of a bitmap in one piece of a load.
    static let loadPieceBytes = 65_536
    /// The fields of a hash in one piece of a load: half of the values, which Lua's `unpack` bounds.
    static let loadPieceFields = 500
    /// The pieces that are under way at once: one alone would wait for the event loop's turn, again and again, behind
    /// the buyers; all of them would keep Redis from the buyers of other sales.
    static let loadPiecesAtOnce = 8
    /// The most holds to read at once.
    static let fieldsPerRead = 1_000
    /// How long a sale's keys outlive it.
    static let keysOutlive = Duration.seconds(86_400)
    /// The most purchases whose lock's age is remembered for the metrics.
    static let locksRemembered = 16_384
}
