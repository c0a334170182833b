// Named places between two steps where a debug build can be told to end, as by kill -9. Release builds have none.

#if DEBUG
    internal import Glibc
    internal import Synchronization
#endif

/// A place where the process may end at the worst moment. `FLASHSALE_CRASH_AT=after_commit:40` ends it when it passes
/// that place for the 40th time. The next process must find everything that was acknowledged.
public enum CrashPoint: String, CaseIterable, Sendable {
    /// The gate has reserved a unit, the ledger has not been asked.
    case afterReserve = "after_reserve"
    /// A batch is about to be sent.
    case beforeCommit = "before_commit"
    /// A batch has committed, and none of its requests has its outcome.
    case afterCommit = "after_commit"
    /// A flow has its outcome, and the answer is not sent.
    case beforeReply = "before_reply"
    /// The sale's epoch was raised, and the gate is not loaded under it.
    case afterEpochRaised = "after_epoch_raised"
    /// A load has begun and lacks the snapshot.
    case midRebuild = "mid_rebuild"
    /// A webhook has taken an event, and the ledger has not noted it.
    case afterPost = "after_post"

    /// Does nothing, unless the process was told to end here.
    @inlinable
    public func pass() {
        #if DEBUG
            endIfArmed()
        #endif
    }

    #if DEBUG
        private static let armed: (point: CrashPoint, passes: Int)? = {
            guard let text = getenv("FLASHSALE_CRASH_AT").map({ String(cString: $0) }) else { return nil }
            let parts = text.split(separator: ":")
            guard let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }) else { return nil }
            return (point, parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }()
        private static let passed = Atomic(0)

        @usableFromInline
        func endIfArmed() {
            guard let armed = Self.armed, armed.point == self else { return }
            if Self.passed.wrappingAdd(1, ordering: .relaxed).newValue >= armed.passes { kill(getpid(), SIGKILL) }
        }
    #endif
}
