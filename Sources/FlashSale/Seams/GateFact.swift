// What the ledger tells the gate.

/// Something that the ledger has committed.
public enum GateFact: Hashable, Sendable {
    case held(Hold)
    case sold(Hold)
    /// The hold ended without a sold unit, or the ledger refused the reservation.
    case released(Hold)
}
