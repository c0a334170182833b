// What a call of the migrator did.

/// What a call of the migrator changed.
public struct SchemaChanges: Sendable {
    /// The table files that ran, in order.
    public internal(set) var tables: [SchemaFile] = []
    /// The function files that were put in place.
    public internal(set) var functions: [SchemaFile] = []
    /// The function files that this program has no more, whose functions were dropped.
    public internal(set) var dropped: [String] = []

    public var isEmpty: Bool { tables.isEmpty && functions.isEmpty && dropped.isEmpty }
}
