// Those who were called together, and how many of them came.

/// The numbers that were called within five seconds.
public struct Cohort: Hashable, Sendable {
    /// How long a cohort is called.
    public static let seconds = 5
    /// Those who have not come this long after their call are counted as absent. They may still come.
    static let patienceSeconds = 20

    /// The five seconds since the sale's start, counted from 0.
    public let index: Int32
    /// The highest number of the cohort.
    public let last: Int32
    /// How many numbers it has.
    public let called: Int32
    /// How many of them came to check out.
    public let shown: Int32

    public init(index: Int32, last: Int32, called: Int32, shown: Int32) {
        self.index = index
        self.last = last
        self.called = called
        self.shown = shown
    }
}
