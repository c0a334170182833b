// The turns of one event loop as those see them who wait for it.
//
// A turn begins with the first bytes that the loop reads after it has waited, and ends when its tasks are done. Bytes
// that come meanwhile wait for the next turn.

internal import Synchronization
internal import Telemetry

/// The times of a loop's turns. The loop's thread writes them; others may read them.
final class LoopTurns: Sendable {
    /// A loop that has waited this long since it was last asked kept nobody waiting.
    private static let rest = Duration.milliseconds(5).wholeNanoseconds

    /// When the turn began; 0 between turns.
    private let beganAt = Atomic<UInt64>(0)
    private let shortest = Atomic<UInt64>(.max)
    private let waited = Atomic<UInt64>(0)
    /// How long it had waited when it was last asked for its delay.
    private let waitedBefore = Atomic<UInt64>(0)

    /// How long the loop has waited for something to do since its start, in nanoseconds. Exact on the loop's thread.
    var waitedInTotal: UInt64 { waited.load(ordering: .relaxed) }

    /// Bytes have been read: the turn has begun, if it had not before.
    func bytesArrived(at now: MonotonicTime) {
        if beganAt.load(ordering: .relaxed) == 0 { beganAt.store(now.nanoseconds, ordering: .relaxed) }
    }

    /// The loop has done the tasks of a turn. Times are nanoseconds of the monotonic clock.
    ///
    /// - Parameters:
    ///   - endOfLast: when it had done those of the turn before. From then on it waited, or read bytes.
    ///   - start: when it began with them.
    func ended(at end: UInt64, tasksSince start: UInt64, after endOfLast: UInt64) {
        let firstBytes = beganAt.load(ordering: .relaxed)
        let began = firstBytes == 0 ? start : min(firstBytes, start)
        waited.wrappingAdd(began > endOfLast ? began - endOfLast : 0, ordering: .relaxed)
        let duration = end > began ? end - began : 0
        if duration < shortest.load(ordering: .relaxed) { shortest.store(duration, ordering: .relaxed) }
        beganAt.store(0, ordering: .relaxed)
    }

    /// The shortest that bytes have waited for the loop since the last call; of one thread at a time.
    func takeDelay(at now: MonotonicTime) -> Duration {
        let shortest = shortest.exchange(.max, ordering: .relaxed)
        let waited = waitedInTotal
        let rest = waited &- waitedBefore.exchange(waited, ordering: .relaxed)
        if rest >= Self.rest { return .zero }
        if shortest < .max { return .nanoseconds(Int64(clamping: shortest)) }
        // No turn has ended: the loop waits, or is at a long one.
        let began = beganAt.load(ordering: .relaxed)
        return began == 0 ? .zero : .nanoseconds(Int64(now.nanoseconds(since: MonotonicTime(nanoseconds: began))))
    }
}
