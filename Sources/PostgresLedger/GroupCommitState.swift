// Decides which requests go into which batch. Pure: events in, actions out.

import FlashSale

/// What only one row of a batch may have.
enum RowKey: Hashable, Sendable {
    case buyer(BuyerID)
    case unit(Unit)
    case code(CheckoutCode)
}

/// The queues of one batch function, one for each lane of each sale.
///
///     submit ──► queued ──batch filled──► in flight ──answer──► done
///                  ▲                          │ again
///                  └──────────────────────────┘
///
/// While a lane's batch is in flight its next one forms; there is no timer. The first request of an idle lane opens a
/// batch, which is filled when the thread that sends it gets to it: those that come meanwhile are in it. A batch takes
/// half of those who wait: with all of them, the service would idle while Postgres works for everybody, and then the
/// other way round. A request whose deadline is too near when its batch would start leaves the queue instead, so that
/// no batch is cut short for it. A request that has a key in common with one of the batch waits for the next: the batch
/// functions decide many rows at once, and need not see what one does to another. A request that would wait too long
/// for those before it is not taken in.
struct GroupCommitState<Entry: Sendable>: Sendable {
    typealias Join = @Sendable (Entry, inout Set<RowKey>) -> Bool

    struct Waiter: Sendable {
        let entry: Entry
        let deadline: Deadline
    }

    struct Batch: Sendable {
        let lane: SaleLane
        let waiters: [Waiter]
        /// The earliest deadline of its waiters.
        let deadline: Deadline
    }

    /// What is to be done when a batch is filled.
    struct Actions: Sendable {
        /// Send this; its end is reported with ``finished(_:again:at:)``. Nil if nobody had time left.
        var start: Batch?
        /// Answer these that their time is up; they were not sent.
        var expired: [Waiter] = []
    }

    enum Submission: Sendable {
        /// The request waits for a batch that others have opened.
        case queued
        /// The request has opened a batch: it is to be filled with ``fill(_:at:)``.
        case opened
        /// As many requests wait as may, or it would wait too long; nothing was taken in.
        case full
    }

    /// As many go together even if they are all who wait.
    static var undividedRows: Int { 16 }
    /// The most keys of a row.
    private static var keysPerRow: Int { 2 }

    /// Fewer who wait are no crowd: they wait because the ledger is slow, and who is refused would make none faster.
    static var crowd: Int { 64 }

    let rowsMax: Int
    let waitersMax: Int
    /// The longest that a request may have to wait for those before it, if they are a crowd; nil for any time.
    let waitMax: Duration?
    /// A request with less time left than this is not sent.
    let timeLeast: Duration
    /// Whether an entry may join a batch that has these keys; adds its own.
    private let joins: Join

    private var queues: [SaleLane: [Waiter]] = [:]
    /// The lanes that have a batch, opened or in flight.
    private var busy: Set<SaleLane> = []
    /// Their batches in flight: how many rows, and since when.
    private var inFlight: [SaleLane: (rows: Int, since: ContinuousClock.Instant)] = [:]
    private(set) var pace = BatchPace()
    /// Of all who waited when a batch began since the last call of ``takeDelay()``: how many, and how long together.
    private var delayed = (count: 0, time: Duration.zero)
    private(set) var waiting = 0

    init(
        rowsMax: Int, waitersMax: Int, waitMax: Duration? = nil, timeLeast: Duration,
        joins: @escaping Join = { _, _ in true }
    ) {
        precondition(rowsMax > 0 && waitersMax >= rowsMax, "a full batch must fit into the queue")
        self.joins = joins
        self.rowsMax = rowsMax
        self.waitersMax = waitersMax
        self.waitMax = waitMax
        self.timeLeast = timeLeast
    }

    /// A request arrives.
    mutating func submit(_ entry: Entry, to lane: SaleLane, deadline: Deadline) -> Submission {
        guard waiting < waitersMax else { return .full }
        if let waitMax, waiting >= Self.crowd, let queue = queues[lane], pace.wait(behind: queue.count) > waitMax {
            return .full
        }
        queues[lane, default: []].append(Waiter(entry: entry, deadline: deadline))
        waiting += 1
        return busy.insert(lane).inserted ? .opened : .queued
    }

    /// A lane's batch has ended. Returns whether its next one is opened, and to be filled.
    ///
    /// - Parameter again: those of its waiters that are to be decided in the next one.
    mutating func finished(_ lane: SaleLane, again: [Waiter], at now: ContinuousClock.Instant) -> Bool {
        guard let batch = inFlight.removeValue(forKey: lane) else {
            preconditionFailure("a batch ended that was not in flight")
        }
        pace.ended(rows: batch.rows, took: now - batch.since)
        if !again.isEmpty {
            queues[lane, default: []].insert(contentsOf: again, at: 0)
            waiting += again.count
        }
        if queues[lane] == nil { busy.remove(lane) }
        return busy.contains(lane)
    }

    /// Fills the batch that a lane has opened.
    mutating func fill(_ lane: SaleLane, at now: ContinuousClock.Instant) -> Actions {
        var actions = Actions()
        guard let queue = queues.removeValue(forKey: lane) else { preconditionFailure("nobody has opened a batch") }
        delayed.count += queue.count
        if waiting >= Self.crowd { delayed.time += pace.wait(behind: queue.count) * queue.count }
        var waiters: [Waiter] = []
        var left: [Waiter] = []
        var keys: Set<RowKey> = []
        let share = min(rowsMax, max(Self.undividedRows, queue.count / 2))
        waiters.reserveCapacity(min(share, queue.count))
        keys.reserveCapacity(Self.keysPerRow * waiters.capacity)
        let soonest = now + timeLeast
        for waiter in queue {
            if waiters.count == share {
                left.append(waiter)
            } else if waiter.deadline < soonest {
                actions.expired.append(waiter)
            } else if joins(waiter.entry, &keys) {
                waiters.append(waiter)
            } else {
                left.append(waiter)
            }
        }
        waiting -= queue.count - left.count
        if !left.isEmpty { queues[lane] = left }
        if let deadline = waiters.lazy.map(\.deadline).min() {
            inFlight[lane] = (waiters.count, now)
            actions.start = Batch(lane: lane, waiters: waiters, deadline: deadline)
        } else {
            busy.remove(lane)
        }
        return actions
    }

    /// How long a crowd has kept a request waiting since the last call, in the mean of all requests. The
    /// shortest such time would say little: a crowd whose answers leave together comes back together, and finds nobody
    /// waiting.
    mutating func takeDelay() -> Duration {
        defer { delayed = (0, .zero) }
        guard delayed.count == 0 else { return delayed.time / delayed.count }
        guard waiting >= Self.crowd else { return .zero }
        return queues.values.map { pace.wait(behind: $0.count) }.max() ?? .zero
    }
}
