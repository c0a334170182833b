/// What every `SaleLedger` must do: rules that the ledgers in memory and in Postgres both keep.
public enum SaleLedgerConformance {
    /// All rules of the buyers' half.
    public static let all: [LedgerRule] =
        recording + recordingUnderKeys + lapsing + ordering + orderingLate + releasing + reading + life + terms
        + refunding
}
