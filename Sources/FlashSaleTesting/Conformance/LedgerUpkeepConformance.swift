/// What every `LedgerUpkeep` must do: rules that the ledgers in memory and in Postgres both keep.
public enum LedgerUpkeepConformance {
    /// All rules of the duties' half.
    public static let all: [LedgerRule] = expiring + ages + reading + changes + retention
}
