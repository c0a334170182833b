// Puts expired holds up for sale again within a second of their end.

public import Telemetry

/// The sweeper's duty: ends holds past their time and grace, and tells the gate.
public struct HoldSweeper: Sendable {
    /// How often the sweeper runs. With the grace of half a second, an expired hold is free within the second.
    public static let interval = Duration.milliseconds(250)
    /// The most holds that one call looks at, so that none keeps a sale's queue for long.
    static let holdsPerCall = 5_000
    /// The most calls for one sale in one run.
    static let callsPerTick = 20

    private let board: SaleBoard
    private let gate: any SaleGate
    private let ledger: any SaleLedger
    private let instruments: SaleInstruments

    public init(board: SaleBoard, gate: any SaleGate, ledger: any SaleLedger, instruments: SaleInstruments) {
        self.board = board
        self.gate = gate
        self.ledger = ledger
        self.instruments = instruments
    }

    /// One run of the duty.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        let start = MonotonicTime.now
        for sale in board.toSweep() {
            for _ in 0..<Self.callsPerTick {
                let answer = try await ledger.expire(sale.id, atMost: Self.holdsPerCall, fence: fence)
                if answer.isStale { return .stale }
                if !answer.ended.isEmpty { await tell(answer.ended, of: sale) }
                // A stretch in which all was bought ends nothing, and more may be due behind it.
                guard answer.isBehind else { break }
            }
        }
        instruments.checkoutHoldSweepDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start))
        if let now = board.now() {
            instruments.checkoutHoldSweepLastSuccessTimestampSeconds.set(Double(now.microseconds) / 1e6)
        }
        return .done
    }

    /// Counts the holds that ended and frees their units in the gate.
    private func tell(_ ended: [EndedHold], of sale: Sale) async {
        instruments.countTimedOut(ended, of: sale)
        await gate.settle(ended.map { .released($0.hold) }, of: sale, unlocking: nil)
    }
}
