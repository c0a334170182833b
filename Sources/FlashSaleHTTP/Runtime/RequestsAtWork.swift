// The requests of a service that tasks are at work on, and how many of them are a crowd.

internal import FlashSale
internal import Synchronization
internal import Telemetry

/// Counts the requests at work, and says when they are a crowd: whoever comes then waits too long.
///
/// A request waits for all that came before it. So their number and how many end in a second tell its wait (Little's
/// law). What stores take for themselves is no wait for others: a slow disk is no crowd. A service that lets everything
/// in takes a surge besides, as many as come at once when a sale begins: how fast it is shows only under load. Event
/// loops raise the counts; one thread looks at them now and then.
final class RequestsAtWork: Sendable {
    /// The longest wait for others that is no overload.
    private static let waitMax = Duration.milliseconds(15)
    /// So many batches of the ledger one request may see on its way: one in flight, its own, and two more.
    private static let batches = 4

    private let begun = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)
    /// As many at work are a crowd.
    private let crowd: Atomic<Int>
    private let crowdMin: Int
    private let surge: Int
    /// How many had ended at the last look, and when that was.
    private let lastLook = Mutex((ended: 0, at: MonotonicTime.now))

    /// - Parameters:
    ///   - crowdMin: fewer are no crowd, however slow the stores are.
    ///   - surge: fewer are no crowd while everything is let in.
    init(crowdMin: Int, surge: Int) {
        self.crowdMin = crowdMin
        self.surge = surge
        crowd = Atomic(max(crowdMin, surge))
    }

    var isCrowd: Bool {
        begun.load(ordering: .relaxed) - ended.load(ordering: .relaxed) >= crowd.load(ordering: .relaxed)
    }

    /// A task has begun. `taskEnded` must follow, whatever becomes of its client.
    func taskBegan() { begun.add(1, ordering: .relaxed) }

    func taskEnded() { ended.add(1, ordering: .relaxed) }

    /// From now on, as many are a crowd as would take the service too long at the rate since the last look.
    ///
    /// - Parameters:
    ///   - batch: what a batch of the ledger takes for itself.
    ///   - isCalm: whether everything has been let in since then.
    func look(batch: Duration, isCalm: Bool, at now: MonotonicTime = .now) {
        let ended = ended.load(ordering: .relaxed)
        let (count, time) = lastLook.withLock { last in
            defer { last = (ended, now) }
            return (ended - last.ended, now.nanoseconds(since: last.at))
        }
        let wait = Self.waitMax + batch * Self.batches
        let inTime = Double(count) * Double(wait.wholeNanoseconds) / Double(max(time, 1))
        crowd.store(max(crowdMin, isCalm ? surge : 0, Int(inTime)), ordering: .relaxed)
    }
}
