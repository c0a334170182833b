// What a store knows of one unit.

/// The state of a unit in the gate, or in the ledger.
public enum UnitState: Hashable, Sendable {
    case free
    /// - Parameter hold: the hold that was purchased; nil from the gate, which forgets it.
    case sold(Hold?)
    /// - Parameter reservedFor: how long ago the gate reserved the unit, if the ledger has not confirmed it; else nil.
    case held(Hold, reservedFor: Duration?)
    /// Neither free nor sold, and the gate has no holder. It happens only if someone else writes to the gate.
    case unknown
}
