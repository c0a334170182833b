// Decides which part of a sale the drift check looks at when. Pure.

/// The windows of a sale's items, and when each is looked at next.
///
/// A window has a regular look every ``intervalMin``, and others between two of them for the sake of what the first has
/// seen, for a difference is mended when it was there twice. What is new at a look between waits for the regular one:
/// while buyers are at work there is always something. The window that has been due longest comes first, so that none
/// waits for ever, however many there are.
///
/// After each look the check rests as long as the look took: it never takes more than half the time of one connection.
/// Where regular looks alone would take more, they are farther apart, for looks in between must not wait until all that
/// is overdue is done. The first round does not rest: what the last holder of the duty left was lost some time ago.
struct DriftRounds {
    typealias Instant = ContinuousClock.Instant

    /// The shortest time between two regular looks at a window.
    static let intervalMin = Duration.seconds(2)
    /// The shortest time between two looks at a window.
    static let pauseMin = Duration.milliseconds(100)

    private struct Window {
        let items: ClosedRange<Int32>
        var regularAt: Instant
        var dueAt: Instant
        /// When the last regular look had seen its window; nil before the first.
        var seenAt: Instant?
        /// How long the last look took.
        var took = Duration.zero
    }

    private var windows: [Window] = []
    private var current = 0

    /// No windows.
    init() {}

    /// The windows of a sale, all of them due. An item's units are never parted, however many they are.
    init(of sale: Sale, unitsPerWindow: Int32, at now: Instant) {
        let count = max(1, unitsPerWindow / sale.stockPerItem)
        windows = stride(from: 1, through: sale.itemCount, by: Int(count)).map { first in
            let last = min(sale.itemCount - first, count - 1) + first
            return Window(items: first...last, regularAt: now, dueAt: now)
        }
    }

    /// The items to look at now.
    mutating func next() -> ClosedRange<Int32> {
        current = windows.indices.min { windows[$0].dueAt < windows[$1].dueAt } ?? current
        return windows[current].items
    }

    /// Takes in that the window was looked at, and returns when its last regular look was over.
    mutating func looked(from start: Instant, to end: Instant) -> Instant {
        windows[current].took = end - start
        if start >= windows[current].regularAt {
            windows[current].regularAt = start + max(Self.intervalMin, windows.reduce(.zero) { $0 + $1.took } * 2)
            windows[current].seenAt = end
        }
        windows[current].dueAt = windows[current].regularAt
        return windows[current].seenAt ?? end
    }

    /// Has the window looked at again, unless its regular look comes first.
    mutating func lookAgain(at due: Instant, after end: Instant) {
        windows[current].dueAt = min(windows[current].regularAt, max(due, end + Self.pauseMin))
    }

    /// How long until the next look.
    ///
    /// - Parameter took: how long the last one was.
    func pause(at now: Instant, after took: Duration) -> Duration {
        let isFirstRound = windows.contains { $0.seenAt == nil }
        let due = windows.lazy.map(\.dueAt).min() ?? now
        return max(isFirstRound ? .zero : took, due - now)
    }
}
