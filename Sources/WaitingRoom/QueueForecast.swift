// What a line may be told of its future: a range, or nothing. Pure.

/// How fast a line moved in the last minute.
public struct QueueForecast: Hashable, Sendable {
    /// The cohorts of a window, three of which make the minute.
    private static let cohortsPerWindow = 4
    private static let windows = 3

    /// Numbers called a second over the last minute; nil before a minute has passed.
    public let pace: Double?
    private let slowest: Double
    private let fastest: Double

    /// - Parameters:
    ///   - cohorts: those of the last minutes.
    ///   - index: the cohort that is being called. It is not over, so it does not count.
    public init(cohorts: [Cohort], index: Int32) {
        let seconds = Double(Self.cohortsPerWindow * Cohort.seconds)
        let paces = (0..<Self.windows).map { window in
            let last = index - Int32(1 + window * Self.cohortsPerWindow)
            let indices = (last - Int32(Self.cohortsPerWindow) + 1)...last
            return cohorts.filter { indices.contains($0.index) }.reduce(0) { $0 + Double($1.called) } / seconds
        }
        let isWhole = index >= Int32(Self.windows * Self.cohortsPerWindow)
        pace = isWhole ? paces.reduce(0, +) / Double(Self.windows) : nil
        slowest = isWhole ? paces.min() ?? 0 : 0
        fastest = paces.max() ?? 0
    }

    /// How many seconds a buyer waits behind so many numbers, at the fastest and at the slowest of the last minute. Nil
    /// if that is not known: the line is too young, or it has stood still.
    public func wait(ahead: Int) -> ClosedRange<Int>? {
        guard slowest > 0 else { return nil }
        let low = Int(Double(ahead) / fastest)
        return low...max(low, Int((Double(ahead) / slowest).rounded(.up)))
    }

    /// Whether those ahead are likely to take all that is left.
    public static func isLikelySoldOut(
        ahead: Int, share: Double, unitsPerCart: Double, left: Int
    ) -> Bool { Double(ahead) * share * unitsPerCart > Double(left) }
}
