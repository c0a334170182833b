// The usher's duty: publishes the draw, then calls numbers.

public import FlashSale

/// Decides a step for the sale that is on, every quarter of a second. It keeps nothing: whoever takes the duty over
/// goes on where the ledger stands.
public struct UsherDuty: Sendable {
    public static let interval = Duration.milliseconds(250)

    private let board: SaleBoard
    private let ledger: any QueueLedger
    private let usher: Usher

    public init(board: SaleBoard, ledger: any QueueLedger, usher: Usher) {
        self.board = board
        self.ledger = ledger
        self.usher = usher
    }

    /// One run of the duty.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        guard let sale = board.active(), sale.gather != nil else { return .done }
        guard let state = try await ledger.state(of: sale.id) else { return .done }
        guard state.draw != nil else {
            return try await ledger.publishDraw(of: sale.id, fence: fence) ? .done : .stale
        }
        // A line without anybody in it is not called, nor is that of a paused sale. Its usher does not learn from it.
        guard state.waiting > 0, sale.pause == nil else { return .done }
        let view = view(of: state, sale)
        return try await ledger.call(usher.step(view), from: view, of: sale.id, fence: fence) ? .done : .stale
    }

    private func view(of state: QueueState, _ sale: Sale) -> UsherView {
        let memory = state.usher
        return UsherView(
            called: state.called, lastNumber: state.lastNumber, free: state.stock.free,
            taken: state.stock.held + state.stock.sold, came: Int(state.counts.came), cohorts: state.cohorts,
            index: Cohort.index(of: state.readAt, in: sale), pace: memory.pace, share: memory.share,
            sheds: state.counts.sheds, isShedding: state.counts.sheds > memory.sheds,
            sinceStep: memory.steppedAt.map { state.readAt - $0 } ?? Self.interval,
            sinceCall: memory.calledAt.map { state.readAt - $0 } ?? .zero)
    }
}
