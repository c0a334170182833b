// Ends expired holds, so that their units are for sale again within a second.

import Synchronization
public import Telemetry

/// The sweeper's duty: ends holds that are past their time and the grace, and tells the gate.
public final class HoldSweeper: Sendable {
    /// How often the sweeper runs. With the grace of half a second, an expired hold is free within the second.
    public static let interval = Duration.milliseconds(250)
    /// The most holds that one call looks at, so that none keeps a lane's queue for long.
    static let holdsPerCall = 5_000
    /// The most calls for one lane in one run.
    static let callsPerTick = 20

    private let board: SaleBoard
    private let ledger: any LedgerUpkeep
    private let ends: HoldEnds
    private let instruments: SaleInstruments
    private let pod: PodID
    private let runs = Mutex(LastRuns())

    public init(
        board: SaleBoard, ledger: any LedgerUpkeep, ends: HoldEnds, instruments: SaleInstruments, pod: PodID = .home
    ) {
        self.board = board
        self.ledger = ledger
        self.ends = ends
        self.instruments = instruments
        self.pod = pod
    }

    /// One run of the duty for a sale; nil if there is none to sweep.
    public func tick(_ sale: Sale?, _ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        let start = MonotonicTime.now
        if let sale {
            // Each lane has a lock of its own. One whose queue stands keeps no unit of another from being free again.
            let areOurs = try await sale.lanes.sideBySide { [self] lane throws(LedgerFailure) in
                try await sweep(lane, of: sale, fence)
            }
            guard areOurs.allSatisfy(\.self) else { return .stale }
        }
        instruments.checkoutHoldSweepDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start))
        if let now = board.now() {
            let all = runs.withLock { $0.note(sale?.id, at: now, among: board.toSweep()) }
            instruments.checkoutHoldSweepLastSuccessTimestampSeconds.set(Double(all.microseconds) / 1e6, pod.label)
        }
        return .done
    }

    /// Sweeps a lane. Returns false if another instance has the duty.
    private func sweep(_ lane: Lane?, of sale: Sale, _ fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        for _ in 0..<Self.callsPerTick {
            let outcome = try await ledger.expire(sale.id, in: lane, atMost: Self.holdsPerCall, fence: fence)
            guard case .swept(let ended, let isBehind) = outcome else { return false }
            if !ended.isEmpty { await ends.settle(ended, of: sale) }
            // A call that meets only purchased holds ends nothing, and there may be due ones behind them.
            guard isBehind else { break }
        }
        return true
    }
}
