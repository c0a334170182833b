// Keeps the tables that buyers write as small as their sales.

public import Telemetry

/// The duty of retention: ended sales move into the archive in small steps, and in time out of it.
public struct SaleRetention: Sendable {
    /// How often the duty looks for a sale that is due.
    public static let interval = Duration.seconds(5)
    /// The most rows of a step: 10 to 30 ms of one connection, so that no batch of a buyer waits long for the disk.
    static let rowsPerStep = 2_000
    /// The pause after a step that leaves more to do.
    static let pause = Duration.milliseconds(100)

    private let policy: RetentionPolicy
    private let board: SaleBoard
    private let ledger: any LedgerUpkeep
    private let instruments: RetentionInstruments
    private let pod: PodID

    public init(
        _ policy: RetentionPolicy, board: SaleBoard, ledger: any LedgerUpkeep, instruments: RetentionInstruments,
        pod: PodID = .home
    ) {
        self.policy = policy
        self.board = board
        self.ledger = ledger
        self.instruments = instruments
        self.pod = pod
    }

    /// One run of the duty.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        switch try await ledger.retire(policy, atMost: Self.rowsPerStep, fence: fence) {
        case .stale: return .stale
        case .idle:
            if let now = board.now() {
                instruments.lastIdleTimestampSeconds.set(Double(now.microseconds) / 1e6, pod.label)
            }
            return .done
        case .moved(let rows): instruments.rowsTotal.increment(.moved, by: UInt64(rows))
        case .forgotten(let rows): instruments.rowsTotal.increment(.forgotten, by: UInt64(rows))
        }
        return .again(after: Self.pause)
    }
}
