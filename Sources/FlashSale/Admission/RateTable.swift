// Decides which client comes too often. Pure: no clock, no lock.
//
// The generic cell rate algorithm keeps one moment for each client: when its requests so far would have been sent at
// the permitted rate. A request is admitted while that moment is no more than the burst ahead of now.

internal import Telemetry

/// The rates of many clients in a table of fixed size.
///
/// A client's place comes from its hash. If two clients meet, the later one takes the place and starts over: then more
/// is admitted than the rate allows, never less.
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
    ///   - perSecond: how many requests of one client are admitted without end.
    ///   - burst: how many requests are admitted at once, at least 1.
    ///   - size: how many clients are remembered at a time.
    init(perSecond: Int, burst: Int, size: Int) {
        self.init(perSecond, inSeconds: 1, burst: burst, size: size)
    }

    /// - Parameter count: how many requests of one client are admitted in so many seconds, without end.
    init(_ count: Int, inSeconds seconds: UInt64, burst: Int, size: Int) {
        precondition(count > 0 && burst > 0 && size > 0, "a rate, a burst and a table have a size")
        interval = seconds * 1_000_000_000 / UInt64(count)
        self.burst = UInt64(burst) * interval
        entries = Array(repeating: Entry(), count: size)
    }

    /// Whether a client's request is admitted. A refused request does not count.
    mutating func admits(_ key: UInt64, at now: MonotonicTime) -> Bool {
        let paidUntil = paid(key, at: now)
        guard paidUntil <= now.nanoseconds + burst else { return false }
        entries[slot(of: key)] = Entry(key: key, paidUntil: paidUntil)
        return true
    }

    /// Whether a client's request would be admitted now.
    func wouldAdmit(_ key: UInt64, at now: MonotonicTime) -> Bool { paid(key, at: now) <= now.nanoseconds + burst }

    /// Until when the client's requests are paid with one more.
    private func paid(_ key: UInt64, at now: MonotonicTime) -> UInt64 {
        let entry = entries[slot(of: key)]
        return max(entry.key == key ? entry.paidUntil : 0, now.nanoseconds) + interval
    }

    private func slot(of key: UInt64) -> Int { Int(key % UInt64(entries.count)) }
}
