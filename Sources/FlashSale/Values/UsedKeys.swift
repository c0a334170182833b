// Under which idempotency keys the ledger has outcomes of checkouts.

/// The keys of a sale, by a hash of each with its buyer. It may seem to have a key that it has not, never the opposite.
public struct UsedKeys: Sendable {
    private var hashes: Set<Int> = []

    public init() {}

    public mutating func insert(_ key: IdempotencyKey, of buyer: BuyerID) {
        hashes.insert(Self.hash(of: key, buyer))
    }

    public func mayContain(_ key: IdempotencyKey, of buyer: BuyerID) -> Bool {
        hashes.contains(Self.hash(of: key, buyer))
    }

    private static func hash(of key: IdempotencyKey, _ buyer: BuyerID) -> Int {
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(buyer)
        return hasher.finalize()
    }
}
