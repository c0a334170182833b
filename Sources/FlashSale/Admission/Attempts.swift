// Attempts that may fail a few times a second only, such as guesses of a token.

internal import Synchronization
public import Telemetry

/// Bounds the failures of each client.
///
/// A client that has failed too often is refused without an attempt, right or wrong: a guess that is heard is a guess.
public final class Attempts: Sendable {
    public enum Result: Sendable {
        case succeeded
        case failed
        /// Not tried.
        case refused
    }

    /// The most clients remembered at a time.
    private static let clients = 4_096

    private let failures: Mutex<RateTable>

    /// - Parameters:
    ///   - perSecond: failures a second of one client.
    ///   - burst: how many of them may come at once.
    public init(perSecond: Int, burst: Int) {
        failures = Mutex(RateTable(perSecond: perSecond, burst: burst, size: Self.clients))
    }

    /// Makes an attempt. Attempts run one after another, so none slips through beside others that fail.
    public func attempt(by client: some Hashable, at now: MonotonicTime = .now, _ body: () -> Bool) -> Result {
        let key = UInt64(truncatingIfNeeded: client.hashValue)
        return failures.withLock { failures in
            guard failures.wouldAdmit(key, at: now) else { return .refused }
            if body() { return .succeeded }
            return failures.admits(key, at: now) ? .failed : .refused
        }
    }
}
