// How long the ledger keeps what.

/// When ended sales leave the tables that buyers write, and when the archive forgets them.
public struct RetentionPolicy: Hashable, Sendable {
    /// How long an ended sale stays where buyers' requests write.
    public var hotHours: Int
    /// How many days after its end the archive forgets a sale; 0 for never.
    public var archiveDays: Int

    public init(hotHours: Int = 24, archiveDays: Int = 0) {
        self.hotHours = hotHours
        self.archiveDays = archiveDays
    }
}
