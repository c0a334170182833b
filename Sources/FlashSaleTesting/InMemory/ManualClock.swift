// The time in tests. It stands still until a test moves it.

public import FlashSale
internal import Synchronization

/// A clock that a test moves by hand.
public final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    /// A clock that stands at 2027-01-15T08:00:00Z, unless told otherwise.
    public init(at start: Timestamp = Timestamp(microseconds: 1_800_000_000_000_000)) {
        time = Mutex(start)
    }

    public var now: Timestamp { time.withLock { $0 } }

    public func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}
