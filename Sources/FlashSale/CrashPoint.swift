// Named places between two steps at which a debug build can be told to die, as by kill -9. Release builds have none.

#if DEBUG
    internal import Glibc
    internal import Synchronization
#endif

/// A place where the process may end at the worst moment: `FLASHSALE_CRASH_AT=after_commit:40` ends it as it passes
/// that place for the 40th time. What was acknowledged until then must be found by whoever starts next.
public enum CrashPoint: String, CaseIterable, Sendable {
    /// The gate has reserved a unit, the ledger has not been asked.
    case afterReserve = "after_reserve"
    /// A batch is about to be sent.
    case beforeCommit = "before_commit"
    /// A batch has committed, and none of its requests has heard of it.
    case afterCommit = "after_commit"
    /// A buyer's answer is made and not sent.
    case beforeReply = "before_reply"
    /// The sale's epoch was raised, and no gate is of that epoch.
    case afterEpochRaised = "after_epoch_raised"
    /// The gate has begun to load and lacks the snapshot.
    case midRebuild = "mid_rebuild"

    /// Does nothing, unless this is where the process was told to end.
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
