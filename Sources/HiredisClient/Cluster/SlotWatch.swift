// What connections to the nodes of a cluster ask about slots, and what they tell.

/// The ways from a connection to what its client knows of the cluster.
struct SlotWatch: Sendable {
    /// Whether the node serves the slot.
    let serves: @Sendable (RedisSlot) -> Bool
    /// Takes the error of each command that failed.
    var note: @Sendable (RedisError) -> Void = { _ in }
}
