// What became of the connections that attackers keep to themselves.

/// The fate of the connections of one kind of attacker.
struct AttackFacts: Sendable {
    var started = 0
    /// Connections that the service, or the system before it, did not take.
    var unopened = 0
    /// How long the connections stood that the service ended.
    var ended = Latencies()

    mutating func add(_ other: AttackFacts) {
        started += other.started
        unopened += other.unopened
        ended.add(other.ended)
    }
}
