// The drift check's duty: has gate and ledger compared for each sale that is on.

import Synchronization
public import Telemetry

/// The comparisons of all sales that are on: what one sale's has learned is no other's, and none waits for another.
public final class DriftCheck: Sendable {
    /// How often a sale is compared, unless its comparison asks for a shorter pause.
    public static let interval = Duration.seconds(1)

    private let board: SaleBoard
    private let instruments: SaleInstruments
    private let begin: @Sendable (@escaping @Sendable (Int, Sale) -> Void) -> SaleComparison
    private let pod: PodID
    private let records: SaleRecords
    private let runs = Mutex(LastRuns())
    private let comparisons = Mutex<[SaleID: SaleComparison]>([:])

    /// - Parameters:
    ///   - unitsPerSlice: the units that one reading of the ledger has: a multiple of `UnitSet.unitsPerWord`.
    ///   - now: the clock that measures how long a difference stands.
    public init(
        board: SaleBoard, gate: any GateUpkeep, ledger: any LedgerUpkeep, rebuild: @escaping @Sendable (Sale) -> Void,
        instruments: SaleInstruments, pod: PodID = .home, records: SaleRecords = SaleRecords(),
        unitsPerSlice: Int? = nil, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.board = board
        self.instruments = instruments
        self.pod = pod
        self.records = records
        begin = { noteDrift in
            SaleComparison(
                gate: gate, ledger: ledger, rebuild: rebuild, instruments: instruments,
                unitsPerSlice: unitsPerSlice ?? LedgerMirror.unitsPerSlice, now: now, noteDrift: noteDrift)
        }
    }

    /// One run of the duty for a sale; nil if none is on.
    public func tick(_ sale: Sale?, _ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        guard let sale else {
            noteRun(of: nil, among: [])
            return .done
        }
        return try await comparison(of: sale).tick(sale, fence)
    }

    private func comparison(of sale: Sale) -> SaleComparison {
        let active = board.active()
        return comparisons.withLock { comparisons in
            comparisons = comparisons.filter { known in active.contains { $0.id == known.key } }
            if let known = comparisons[sale.id] { return known }
            let comparison = begin { [weak self] drift, sale in self?.note(drift, of: sale) }
            comparisons[sale.id] = comparison
            return comparison
        }
    }

    private func note(_ drift: Int, of sale: Sale) {
        let active = board.active()
        instruments.saleStockDriftItems.set(records.drift.note(drift, of: sale.id, among: active), .redisVersusRows)
        noteRun(of: sale.id, among: active)
    }

    /// Nil for a run that found no sale: a pod without one has nothing that was not compared.
    private func noteRun(of sale: SaleID?, among active: [Sale]) {
        guard let now = board.now() else { return }
        let all = runs.withLock { $0.note(sale, at: now, among: active) }
        instruments.saleReconciliationLastSuccessTimestampSeconds.set(Double(all.microseconds) / 1e6, pod.label)
    }
}
