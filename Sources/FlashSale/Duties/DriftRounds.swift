// Decides which part of a sale the drift check looks at next, and when. Pure.

/// The windows of a sale's items, and when each is looked at next.
///
/// A window has a regular look every ``intervalMin``. A difference is mended when two looks have seen it, so a regular
/// look that sees one is followed by an extra look. A difference that is new at an extra look waits for the next
/// regular one: while buyers are at work there is always something new. The window that is overdue for longest comes
/// first, so that every window has its turn.
///
/// After each look the check rests for as long as the look took, so it takes at most half the time of one connection.
/// If regular looks alone would take more, they are farther apart, so that extra looks need not wait for all of them.
/// The first round does not rest: differences that the last holder of the duty left are old already.
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
        /// When the latest regular look was over; nil before the first.
        var seenAt: Instant?
        /// How long the latest look took.
        var took = Duration.zero
    }

    private var windows: [Window] = []
    private var current = 0

    /// No windows.
    init() {}

    /// The windows of a sale, all of them due. The units of an item are always in one window.
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

    /// Notes a look at the window. Returns when its latest regular look was over.
    mutating func looked(from start: Instant, to end: Instant) -> Instant {
        windows[current].took = end - start
        if start >= windows[current].regularAt {
            windows[current].regularAt = start + max(Self.intervalMin, windows.reduce(.zero) { $0 + $1.took } * 2)
            windows[current].seenAt = end
        }
        windows[current].dueAt = windows[current].regularAt
        return windows[current].seenAt ?? end
    }

    /// Asks for an extra look at the window, unless its regular look comes first.
    mutating func lookAgain(at due: Instant, after end: Instant) {
        windows[current].dueAt = min(windows[current].regularAt, max(due, end + Self.pauseMin))
    }

    /// How long until the next look.
    ///
    /// - Parameter took: how long the latest look took.
    func pause(at now: Instant, after took: Duration) -> Duration {
        let isFirstRound = windows.contains { $0.seenAt == nil }
        let due = windows.lazy.map(\.dueAt).min() ?? now
        return max(isFirstRound ? .zero : took, due - now)
    }
}
