// What the ledger tells the drift check: which units have changed since it asked last.

/// Something that has happened to units in one batch.
public struct UnitChange: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case held
        case sold
        case free
        /// The units have not changed, but the gate may show another holder: the ledger did not hold what the gate had
        /// reserved, or not under the code that the gate had.
        case doubted
    }

    public let kind: Kind
    public let units: [Unit]

    public init(_ kind: Kind, _ units: [Unit]) {
        self.kind = kind
        self.units = units
    }
}

/// Some changes that follow one another.
public struct ChangePage: Hashable, Sendable {
    public let changes: [UnitChange]
    /// The number of the last change. An empty page has that of the last change before it.
    public let end: Int64
    /// Whether there may be more.
    public let isFull: Bool

    public init(_ changes: [UnitChange], end: Int64, isFull: Bool) {
        self.changes = changes
        self.end = end
        self.isFull = isFull
    }
}

/// What `changes` returns.
public enum ChangesOutcome: Hashable, Sendable {
    case read(ChangePage)
    /// Another instance has the duty: stop.
    case stale
}
