// Who comes too often. A decision: no clock, no lock.
//
// The generic cell rate algorithm: of each client one moment is kept, the one at which all that it has sent would have
// been sent at the permitted rate. A request is admitted while that moment is no more than the burst ahead of now.

internal import Telemetry

/// The rates of many clients in a table of fixed size.
///
/// Clients share the table by their hash. Where two meet, the later takes the place and starts anew: more is admitted
/// then than the rule says, never less.
struct RateTable: Sendable {
    private struct Entry {
        var key: UInt64 = 0
        /// Nanoseconds of the monotonic clock.
        var paidUntil: UInt64 = 0
    }

    private let interval: UInt64
    private let burst: UInt64
    private var entries: [Entry]

    /// - Parameters:
    ///   - perSecond: requests of one client that are admitted for ever.
    ///   - burst: requests that are admitted at once, at least 1.
    ///   - size: clients that are known at a time.
    init(perSecond: Int, burst: Int, size: Int) {
        precondition(perSecond > 0 && burst > 0 && size > 0, "a rate, a burst and a table have a size")
        interval = 1_000_000_000 / UInt64(perSecond)
        self.burst = UInt64(burst) * interval
        entries = Array(repeating: Entry(), count: size)
    }

    /// Whether a client may go on; if so, the request is counted.
    mutating func admits(_ key: UInt64, at now: MonotonicTime) -> Bool {
        let slot = Int(key % UInt64(entries.count))
        let entry = entries[slot]
        let paidUntil = max(entry.key == key ? entry.paidUntil : 0, now.nanoseconds) + interval
        guard paidUntil <= now.nanoseconds + burst else { return false }
        entries[slot] = Entry(key: key, paidUntil: paidUntil)
        return true
    }
}
