// Decides which lines are kept when one message floods the log. No clock, no lock.

internal import Telemetry
internal import Textbook

/// Keeps the first 100 lines a second of each level and message, then every 100th.
///
/// Messages share a table of fixed size by their hash. If two meet, the later one takes the place and starts at zero:
/// then more lines are kept than the rule says, never fewer.
struct LogSampler: Sendable {
    enum Decision: Equatable {
        /// - Parameter dropped: how many lines of this kind were dropped since the last one that was kept.
        case keep(dropped: Int)
        case drop
    }

    private struct Entry {
        var key = 0
        var second: UInt64 = 0
        var count = 0
        var dropped = 0
    }

    private var entries = [Entry](repeating: Entry(), count: LogLimits.sampledMessages)

    /// The key of a level and a message. FNV-1a is enough: messages are short constants that no client chooses.
    static func key(of level: LogLevel, _ message: String) -> Int {
        var hash = FNV1a()
        hash.append(UInt8(level.index))
        hash.append(contentsOf: message.utf8)
        return Int(bitPattern: UInt(hash.value))
    }

    /// Decides about one line.
    ///
    /// - Parameters:
    ///   - key: the hash of level and message.
    ///   - second: the time in whole seconds of a monotonic clock.
    mutating func decide(key: Int, second: UInt64) -> Decision {
        let slot = Int(UInt(bitPattern: key) % UInt(entries.count))
        var entry = entries[slot]
        if entry.key != key {
            entry = Entry(key: key, second: second)
        } else if entry.second != second {
            entry.second = second
            entry.count = 0
        }
        entry.count += 1
        let beyond = entry.count - LogLimits.linesPerSecond
        let isKept = beyond <= 0 || beyond % LogLimits.sampleInterval == 0
        let dropped = entry.dropped
        entry.dropped = isKept ? 0 : dropped + 1
        entries[slot] = entry
        return isKept ? .keep(dropped: dropped) : .drop
    }
}
