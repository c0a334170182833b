// The usher's duty: publishes the draw, then calls numbers.

public import FlashSale
internal import Synchronization

/// Decides a step for each sale that is on, every quarter of a second. Whoever takes the duty over goes on where the
/// ledger stands.
public final class UsherDuty: Sendable {
    public static let interval = Duration.milliseconds(250)
    /// How long the ledger has been in reach before the draw is published: twice the time in which instances report.
    /// What they counted while it was away is in the draw.
    private static let reportsIn = RoomBook.interval * 2
    /// The longest time between two reads of a ledger that was in reach all the while.
    private static let readsApart = interval * 4
    /// A slow ledger, or one with hundreds of lines, is read less often, and so for as long as this at most before the
    /// draw is published.
    private static let slowReadsApart = Duration.seconds(5)
    private static let patience = Duration.seconds(10)

    /// Since when a sale's line has been in reach, since when it has been read at all, and when it was read last, by
    /// the ledger's clock.
    private struct Reach {
        var since: Timestamp
        var slowSince: Timestamp
        var last: Timestamp
    }

    private let board: SaleBoard
    private let ledger: any QueueLedger
    private let fixedPace: Double?
    private let reach = Mutex<[SaleID: Reach]>([:])

    /// - Parameter fixedPace: the pace of all sales that have none of their own; nil lets the usher find it.
    public init(board: SaleBoard, ledger: any QueueLedger, fixedPace: Double? = nil) {
        self.board = board
        self.ledger = ledger
        self.fixedPace = fixedPace
    }

    /// The sales that are on and have a waiting room.
    public func sales() -> [Sale] { board.active().filter { $0.gather != nil } }

    /// One run of the duty for a sale; nil if there is none.
    public func tick(_ sale: Sale?, _ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        guard let sale else { return .done }
        guard let state = try await ledger.state(of: sale.id) else { return .done }
        guard state.draw != nil else {
            guard haveAllReported(on: sale.id, by: state.readAt) else { return .done }
            return try await ledger.publishDraw(of: sale.id, fence: fence) ? .done : .stale
        }
        // A line without anybody in it is not called, nor is that of a paused sale, nor one for which nothing is left.
        // Its usher does not learn from it, and writes nothing.
        guard state.waiting > 0, state.stock.free + state.stock.held > 0, sale.pause == nil else { return .done }
        let view = view(of: state, sale)
        return try await ledger.call(Usher.step(view), from: view, of: sale.id, fence: fence) ? .done : .stale
    }

    /// Whether instances have had the time to report, since the start or since the ledger came back.
    private func haveAllReported(on sale: SaleID, by moment: Timestamp) -> Bool {
        let sales = sales()
        return reach.withLock { reach in
            reach = reach.filter { known in sales.contains { $0.id == known.key } }
            let before = reach[sale] ?? Reach(since: moment, slowSince: moment, last: moment)
            let apart = moment - before.last
            // The clock may be set back.
            let now = Reach(
                since: (.zero...Self.readsApart).contains(apart) ? before.since : moment,
                slowSince: (.zero...Self.slowReadsApart).contains(apart) ? before.slowSince : moment, last: moment)
            reach[sale] = now
            return moment - now.since >= Self.reportsIn || moment - now.slowSince >= Self.patience
        }
    }

    private func view(of state: QueueState, _ sale: Sale) -> UsherView {
        let memory = state.usher
        let pace = sale.roomPace.map(Double.init) ?? fixedPace
        return UsherView(
            called: state.called, lastNumber: state.lastNumber, free: state.stock.free,
            unitsPerCart: state.unitsPerCart, cohorts: state.cohorts, index: Cohort.index(of: state.readAt, in: sale),
            pace: pace ?? memory.pace, isPaceFixed: pace != nil,
            share: memory.share, sheds: state.counts.sheds, isShedding: state.counts.sheds > memory.sheds,
            sinceStep: memory.steppedAt.map { state.readAt - $0 } ?? Self.interval,
            sinceCall: memory.calledAt.map { state.readAt - $0 } ?? .zero)
    }
}
