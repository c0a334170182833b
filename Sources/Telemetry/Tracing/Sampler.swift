// Decides which traces are recorded. It uses no clock, and no randomness but the trace's own id.

/// What happens to a trace's spans.
public enum SamplingDecision: Sendable, Hashable {
    /// Nothing is recorded; the ids still go into logs.
    case drop
    /// Spans are kept until the request ends, and exported only if it ended badly.
    case recordOnly
    /// Spans are exported.
    case sample
}

/// Decides at a trace's first span in this process.
///
/// Follows OpenTelemetry's consistent probability sampling: a root is sampled where its 56 random bits R are not below
/// the rejection threshold T, and says T in its `tracestate`, so that a later sampler takes a subset.
public struct Sampler: Sendable, Hashable {
    public enum Root: Sendable, Hashable {
        case always
        case never
        /// A share from 0 to 1.
        case ratio(Double)
    }

    /// The default of `OTEL_TRACES_SAMPLER`.
    public static let standard = Sampler(root: .ratio(standardShare), followsParent: true)
    /// The default of `OTEL_TRACES_SAMPLER_ARG`.
    public static let standardShare = 0.05

    private let root: Root
    /// Whether the caller's decision is followed.
    private let followsParent: Bool
    private let threshold: UInt64
    /// The `tracestate` of a sampled root, for the services that it calls.
    let stateOfSampled: TraceState

    public init(root: Root, followsParent: Bool) {
        self.root = root
        self.followsParent = followsParent
        threshold =
            switch root {
            case .always: 0
            case .never: Self.thresholdLimit
            case .ratio(let share): Self.threshold(for: share)
            }
        stateOfSampled = TraceState(threshold: threshold)
    }

    /// - Parameters:
    ///   - parent: the caller's span, if it sent one.
    ///   - state: the caller's `tracestate`.
    func decide(_ id: TraceID, parent: TraceParent?, state: TraceState?) -> SamplingDecision {
        if followsParent, let parent { return parent.flags.contains(.sampled) ? .sample : .drop }
        if root == .never { return .drop }
        return (state?.randomness ?? id.randomness) >= threshold ? .sample : .recordOnly
    }

    private static let thresholdLimit: UInt64 = 1 << 56

    private static func threshold(for share: Double) -> UInt64 {
        let share = min(1, max(0, share))
        return UInt64(((1 - share) * Double(thresholdLimit)).rounded())
    }
}

/// Lets a number of traces pass in a second, and as many at once.
struct TokenBucket: Sendable {
    private let ratePerSecond: Double
    private var tokens: Double
    private var filledAt: MonotonicTime?

    init(ratePerSecond: Double) {
        self.ratePerSecond = ratePerSecond
        tokens = ratePerSecond
    }

    mutating func take(at now: MonotonicTime) -> Bool {
        let passed = filledAt.map { Double(now.nanoseconds(since: $0)) / 1e9 } ?? 0
        tokens = min(ratePerSecond, tokens + passed * ratePerSecond)
        filledAt = max(filledAt ?? now, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
